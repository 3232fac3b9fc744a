/**
 * Bearer tokens: a good signature, and everything that the token is bound to still there with the same uid. The signature is
 * checked once per token and minute; what it is bound to, each time.
 */
import { type Later, after } from '../../request/later.ts';
import type { User } from '../../request/request.ts';
import type { Caches } from '../../storage/caches.ts';
import type { Entry } from '../../storage/entry.ts';
import type { ResourceCache } from '../../storage/resource-cache.ts';
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
  /** What it is bound to; undefined: it is no service account's. */
  bound: readonly Bound[] | undefined;
  /** The same object each time that the token is shown. */
  user: User | undefined;
  /** To this server. */
  identity: TokenIdentity | undefined;
  until: number;
}

/** An object that the token ends with. */
interface Bound {
  cache: ResourceCache;
  namespace: string;
  name: string;
  uid: string;
  /** It was there as this: as long as it stays so, its uid need not be looked at, nor the object be parsed for it. */
  seen?: Entry;
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
    const own = claims['kubernetes.io'];
    const until = Math.min((claims.exp ?? 0) * 1000, now.getTime() + REMEMBER_MS);
    const user = own && userOf(own, claims.jti);
    const bound = own && boundOf(own, resources);
    const identity = identityFor([signer.issuer], { claims, user });
    const fresh = { claims, user, bound, identity, until };
    verified.set(token, fresh);
    return fresh;
  };
  const verifiedOf = (token: string): Later<Verified | undefined> => {
    const now = clock();
    const known = verified.get(token);
    return known && now.getTime() < known.until ? known : verify(token, now);
  };
  return {
    identify(token, audiences) {
      if (token.length > 64 * 1024) return undefined;
      return after(verifiedOf(token), (found) => {
        if (!found?.bound) return undefined;
        const identity = audiences ? identityFor(audiences, found) : found.identity;
        return identity && after(isAlive(found.bound, resources.caches), (alive) => (alive ? identity : undefined));
      });
    },
  };
}

/** undefined: the token is meant for others. */
function identityFor(
  audiences: readonly string[],
  { claims, user }: { claims: Claims; user: User | undefined },
): TokenIdentity | undefined {
  const own = typeof claims.aud === 'string' ? [claims.aud] : (claims.aud ?? []);
  const common = own.filter((audience) => audiences.includes(audience));
  return user && common.length > 0 ? { user, audiences: common } : undefined;
}

function boundOf({ namespace, serviceaccount, pod, node, secret }: PrivateClaims, resources: Resources): Bound[] {
  const to = (resource: string, where: string, { name, uid }: { name: string; uid: string }): Bound => ({
    cache: resources.need(resource).cache,
    namespace: where,
    name,
    uid,
  });
  return [
    to('serviceaccounts', namespace, serviceaccount),
    ...(pod ? [to('pods', namespace, pod)] : []),
    ...(secret ? [to('secrets', namespace, secret)] : []),
    ...(node && !pod ? [to('nodes', '', node)] : []),
  ];
}

function isAlive(bound: readonly Bound[], caches: Caches): Later<boolean> {
  return bound.every(isThere) || after(caches.fresh(), () => bound.every(isThere));
}

function isThere(bound: Bound): boolean {
  const entry = bound.cache.get(bound.namespace, bound.name);
  if (!entry) return false;
  if (entry === bound.seen) return true;
  if (entry.object.metadata.uid !== bound.uid) return false;
  bound.seen = entry;
  return true;
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
