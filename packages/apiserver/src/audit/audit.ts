/**
 * The audit log: one line of JSON (audit.k8s.io/v1 Event) per answered request, as much of it as the policy says. Secrets,
 * config maps and tokens are written down without their content, whatever the policy says.
 */
import { randomUUID } from 'node:crypto';
import { formatMicroTime, parseJson } from '@mkube/apimachinery';
import type { RequestInfo } from '../request/info.ts';
import { type ApiRequest, type ApiResponse, type User, header, isStream } from '../request/request.ts';
import { type AuditPolicy, type Level, levelOf } from './policy.ts';

export interface AuditOptions {
  policy: AuditPolicy;
  /** A line without its end. */
  write(line: string): void;
}

export interface Audited {
  request: ApiRequest;
  /** Who asked; another than the one who is answered when impersonating. */
  user: User;
  info: RequestInfo;
  response: ApiResponse;
  received: Date;
  now: Date;
}

const SECRET = new Set(['secrets', 'configmaps', 'tokenreviews', 'serviceaccounts/token']);

export function audit({ policy, write }: AuditOptions, audited: Audited): void {
  const { request, info } = audited;
  const asked = levelOf(policy, request.user, info);
  if (asked === 'None') return;
  write(JSON.stringify(eventOf(audited, isSecret(info) ? 'Metadata' : asked)));
}

const isSecret = (info: RequestInfo): boolean =>
  info.type === 'resource' && SECRET.has(info.subresource ? `${info.resource}/${info.subresource}` : info.resource);

function eventOf({ request, user, info, response, received, now }: Audited, level: Level): object {
  const { headers, query, path, remoteAddress } = request;
  const text = query.toString();
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level,
    auditID: header(headers, 'audit-id') ?? randomUUID(),
    // Endless answers are written down when they begin.
    stage: isStream(response.body) ? 'ResponseStarted' : 'ResponseComplete',
    requestURI: path + (text && `?${text}`),
    verb: info.verb,
    user: request.user,
    ...(user !== request.user && { impersonatedUser: user }),
    ...(remoteAddress && { sourceIPs: [remoteAddress] }),
    ...(header(headers, 'user-agent') && { userAgent: header(headers, 'user-agent') }),
    ...(info.type === 'resource' && { objectRef: objectRefOf(info) }),
    responseStatus: { metadata: {}, code: response.status },
    ...(level !== 'Metadata' && bodyOf('requestObject', request.body)),
    ...(level === 'RequestResponse' && Buffer.isBuffer(response.body) && bodyOf('responseObject', response.body)),
    requestReceivedTimestamp: formatMicroTime(received),
    stageTimestamp: formatMicroTime(now),
    annotations: { 'authorization.k8s.io/decision': response.status === 403 ? 'forbid' : 'allow' },
  };
}

const objectRefOf = ({
  resource,
  namespace,
  name,
  group,
  version,
  subresource,
}: Extract<RequestInfo, { type: 'resource' }>): object => ({
  resource,
  ...(namespace && { namespace }),
  ...(name && { name }),
  ...(group && { apiGroup: group }),
  apiVersion: version,
  ...(subresource && { subresource }),
});

function bodyOf(key: string, body: Buffer | undefined): object {
  if (!body?.length) return {};
  try {
    return { [key]: parseJson(body) };
  } catch {
    return {};
  }
}
