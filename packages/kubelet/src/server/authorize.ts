/**
 * Who may ask what: system:masters anything, others what the API server grants them on this node (nodes/proxy, nodes/log,
 * nodes/stats, nodes/metrics), asked by SubjectAccessReview and remembered for a while.
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { SubjectAccessReview } from '@mkube/api';
import type { Client, Clock } from '@mkube/client';
import { HttpError } from './http-error.ts';
import { tokenOf, type User, userOfCertificate, userOfToken } from './identity.ts';
import { createMemory } from './memory.ts';

/** Kubernetes' own defaults. */
const ALLOWED_FOR_MS = 300_000;
const REFUSED_FOR_MS = 30_000;
const TOKEN_FOR_MS = 120_000;
/** An API that does not answer must not hold up who asks, and be asked more and more. */
const REVIEW_MS = 10_000;
const VERBS: Record<string, string> = {
  GET: 'get',
  HEAD: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

export interface AuthorizeDeps {
  nodeName: string;
  client: Client;
  clock: Clock;
}

/** Throws 401 or 403. */
export function createAuthorize(deps: AuthorizeDeps): (message: IncomingMessage) => Promise<void> {
  const { nodeName, client, clock } = deps;
  const answers = createMemory<boolean>(clock);
  const users = createMemory<User | undefined>(clock);
  const isAllowed = (user: User, verb: string, subresource: string): Promise<boolean> =>
    answers.recall(JSON.stringify([user, verb, subresource]), {
      ask: () => review(client, { user, verb, subresource, nodeName }),
      keepMs: (allowed) => (allowed ? ALLOWED_FOR_MS : REFUSED_FOR_MS),
    });
  const userOf = async (message: IncomingMessage): Promise<User | undefined> => {
    const token = tokenOf(message);
    return (
      userOfCertificate(message) ??
      (token === undefined
        ? undefined
        : users.recall(createHash('sha256').update(token).digest('hex'), {
            ask: () => userOfToken(token, client, AbortSignal.timeout(REVIEW_MS)),
            keepMs: (user) => (user ? TOKEN_FOR_MS : 0),
          }))
    );
  };
  return async (message) => {
    const user = await userOf(message);
    if (!user) throw new HttpError(401, 'Unauthorized');
    if (user.groups.includes('system:masters')) return;
    const verb = VERBS[message.method ?? 'GET'] ?? 'get';
    const subresources = subresourcesOf(message.url ?? '/');
    for (const subresource of subresources) if (await isAllowed(user, verb, subresource)) return;
    const what = `Forbidden (user=${user.name}, verb=${verb}, resource=nodes, subresource(s)=[${subresources.join(' ')}])`;
    throw new HttpError(403, what);
  };
}

/** Any of them will do: the fine one, and then the one that opens everything. */
function subresourcesOf(url: string): string[] {
  const path = url.split('?', 1)[0] ?? '/';
  const isBelow = (root: string): boolean => path === root || path.startsWith(`${root}/`);
  if (isBelow('/stats')) return ['stats'];
  if (isBelow('/metrics')) return ['metrics'];
  if (isBelow('/logs')) return ['log'];
  if (isBelow('/checkpoint')) return ['checkpoint'];
  if (isBelow('/pods') || isBelow('/runningpods')) return ['pods', 'proxy'];
  if (isBelow('/healthz')) return ['healthz', 'proxy'];
  if (isBelow('/configz')) return ['configz', 'proxy'];
  return ['proxy'];
}

type Question = { user: User; verb: string; subresource: string; nodeName: string };

async function review(client: Client, { user, verb, subresource, nodeName }: Question): Promise<boolean> {
  const answer = await client.raw<SubjectAccessReview>('/apis/authorization.k8s.io/v1/subjectaccessreviews', {
    method: 'POST',
    signal: AbortSignal.timeout(REVIEW_MS),
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: {
        user: user.name,
        groups: [...user.groups],
        resourceAttributes: { verb, version: 'v1', resource: 'nodes', subresource, name: nodeName },
      },
    },
  });
  return answer.status.allowed;
}
