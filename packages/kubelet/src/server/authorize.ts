/**
 * Who may ask what: system:masters anything, others what the API server grants them on this node (nodes/proxy, nodes/log,
 * nodes/stats, nodes/metrics), asked by SubjectAccessReview and remembered for a while.
 */
import type { IncomingMessage } from 'node:http';
import type { SubjectAccessReview } from '@mkube/api';
import type { Client, Clock } from '@mkube/client';
import { HttpError } from './http-error.ts';
import { type User, userOfCertificate, userOfToken } from './identity.ts';

const REMEMBERED_MS = 60_000;
const MOST_REMEMBERED = 1000;
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
export function createAuthorize({
  nodeName,
  client,
  clock,
}: AuthorizeDeps): (message: IncomingMessage) => Promise<void> {
  const remembered = new Map<string, { allowed: boolean; until: number }>();
  const isAllowed = async (user: User, verb: string, subresource: string): Promise<boolean> => {
    const key = JSON.stringify([user, verb, subresource]);
    const known = remembered.get(key);
    const now = clock.now().getTime();
    if (known && known.until > now) return known.allowed;
    const allowed = await review(client, { user, verb, subresource, nodeName });
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    remembered.set(key, { allowed, until: now + REMEMBERED_MS });
    return allowed;
  };
  return async (message) => {
    const user = userOfCertificate(message) ?? (await userOfToken(message, client));
    if (!user) throw new HttpError(401, 'Unauthorized');
    if (user.groups.includes('system:masters')) return;
    const verb = VERBS[message.method ?? 'GET'] ?? 'get';
    const subresource = subresourceOf(message.url ?? '/');
    if (await isAllowed(user, verb, subresource)) return;
    const what = `Forbidden (user=${user.name}, verb=${verb}, resource=nodes, subresource(s)=[${subresource}])`;
    throw new HttpError(403, what);
  };
}

function subresourceOf(url: string): string {
  const path = url.split('?', 1)[0] ?? '/';
  if (path.startsWith('/stats')) return 'stats';
  if (path.startsWith('/metrics')) return 'metrics';
  if (path.startsWith('/logs')) return 'log';
  return 'proxy';
}

type Question = { user: User; verb: string; subresource: string; nodeName: string };

async function review(client: Client, { user, verb, subresource, nodeName }: Question): Promise<boolean> {
  const answer = await client.raw<SubjectAccessReview>('/apis/authorization.k8s.io/v1/subjectaccessreviews', {
    method: 'POST',
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
