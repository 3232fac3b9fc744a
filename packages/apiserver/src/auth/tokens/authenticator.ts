/**
 * Bearer tokens: a good signature, and everything that the token is bound to still there with the same uid. The signature is
 * checked once per token and minute; what it is bound to, each time.
 */
import { type Later, after } from '../../request/later.ts';
import type { User } from '../../request/request.ts';
import type { Resources } from '../../storage/resources.ts';
import type { Claims, PrivateClaims, TokenSigner } from './signer.ts';

export interface TokenIdentity {
  user: User;
  audiences: readonly string[];
}

export interface ServiceAccountTokens {
  /** undefined: not a token of ours, or no longer good. `audiences`: one of them must be the token's. */
  identify(token: string, audiences?: readonly string[]): Later<TokenIdentity | undefined>;
}

interface Verified {
  claims: Claims;
  /** The same object each time that the token is shown. */
  user: User | undefined;
  until: number;
}

const REMEMBER_MS = 60_000;
const REMEMBER_MOST = 10_000;

export function createServiceAccountTokens(options: {
  signer: TokenSigner;
  resources: Resources;
  clock: () => Date;
}): ServiceAccountTokens {
  const { signer, resources, clock } = options;
  const verified = new Map<string, Verified>();
  const verify = async (token: string, now: Date): Promise<Verified | undefined> => {
    const claims = await signer.verify(token, now);
    if (!claims) return undefined;
    if (verified.size >= REMEMBER_MOST) verified.clear();
    const bound = claims['kubernetes.io'];
    const until = Math.min((claims.exp ?? 0) * 1000, now.getTime() + REMEMBER_MS);
    const fresh = { claims, user: bound && userOf(bound, claims.jti), until };
    verified.set(token, fresh);
    return fresh;
  };
  const verifiedOf = (token: string): Later<Verified | undefined> => {
    const now = clock();
    const known = verified.get(token);
    return known && now.getTime() < known.until ? known : verify(token, now);
  };
  return {
    identify(token, audiences = [signer.issuer]) {
      if (token.length > 64 * 1024) return undefined;
      return after(verifiedOf(token), (found) => {
        const bound = found?.claims['kubernetes.io'];
        if (!found?.user || !bound) return undefined;
        const { claims, user } = found;
        const own = typeof claims.aud === 'string' ? [claims.aud] : (claims.aud ?? []);
        const common = own.filter((audience) => audiences.includes(audience));
        if (common.length === 0) return undefined;
        return after(isAlive(bound, resources), (alive) => (alive ? { user, audiences: common } : undefined));
      });
    },
  };
}

function isAlive(
  { namespace, serviceaccount, pod, node, secret }: PrivateClaims,
  resources: Resources,
): Later<boolean> {
  const alive = (resource: string, where: string, ref: { name: string; uid: string }): boolean => {
    const entry = resources.need(resource).cache.get(where, ref.name);
    return entry !== undefined && entry.object.metadata.uid === ref.uid;
  };
  const all = () =>
    alive('serviceaccounts', namespace, serviceaccount) &&
    (!pod || alive('pods', namespace, pod)) &&
    (!secret || alive('secrets', namespace, secret)) &&
    (!node || pod !== undefined || alive('nodes', '', node));
  return all() || after(resources.caches.fresh(), all);
}

export function userOf({ namespace, serviceaccount, pod, node }: PrivateClaims, jti: string | undefined): User {
  const extra: Record<string, string[]> = {
    ...(jti && { 'authentication.kubernetes.io/credential-id': [`JTI=${jti}`] }),
    ...(pod && {
      'authentication.kubernetes.io/pod-name': [pod.name],
      'authentication.kubernetes.io/pod-uid': [pod.uid],
    }),
    ...(node && {
      'authentication.kubernetes.io/node-name': [node.name],
      'authentication.kubernetes.io/node-uid': [node.uid],
    }),
  };
  return {
    username: `system:serviceaccount:${namespace}:${serviceaccount.name}`,
    uid: serviceaccount.uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
    extra,
  };
}
