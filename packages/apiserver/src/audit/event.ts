/** One Event of audit.k8s.io/v1, made of what is known of a request at a stage. Pure. */
import { formatMicroTime } from '@mkube/apimachinery';
import type { Decision } from '../auth/authorizer.ts';
import type { RequestInfo, ResourceInfo } from '../request/info.ts';
import { type ApiRequest, type User, header } from '../request/request.ts';
import type { Level, Stage } from './policy.ts';

/** What is the same at every stage. */
export interface Asked {
  request: Pick<ApiRequest, 'headers' | 'query' | 'path' | 'remoteAddress'>;
  /** Who sent it; undefined: nobody that could be authenticated. */
  user: User | undefined;
  info: RequestInfo;
  auditId: string;
  level: Exclude<Level, 'None'>;
  received: Date;
}

/** What is known at the end, and at the beginning of an endless answer. */
export interface Outcome {
  responseStatus?: object;
  /** As whom it was asked, where that is another. */
  impersonated?: User | undefined;
  decision?: Decision | undefined;
  requestObject?: unknown;
  responseObject?: unknown;
}

const LONGEST_AGENT = 1024;

export function eventOf(asked: Asked, stage: Stage, now: Date, outcome: Outcome = {}): object {
  const { request, user, info, auditId, level, received } = asked;
  const { headers, query, path, remoteAddress } = request;
  const { responseStatus, impersonated, requestObject, responseObject } = outcome;
  const text = query.toString();
  const agent = header(headers, 'user-agent');
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level,
    auditID: auditId,
    stage,
    requestURI: path + (text && `?${text}`),
    verb: info.verb,
    user: user ?? {},
    ...(impersonated && { impersonatedUser: impersonated }),
    ...sourcesOf(header(headers, 'x-forwarded-for'), header(headers, 'x-real-ip'), remoteAddress),
    ...(agent && { userAgent: agent.length > LONGEST_AGENT ? `${agent.slice(0, LONGEST_AGENT)}...TRUNCATED` : agent }),
    ...(info.type === 'resource' && { objectRef: objectRefOf(info, requestObject) }),
    ...(responseStatus && { responseStatus }),
    ...(isAtLeast(level, 'Request') && requestObject !== undefined && { requestObject }),
    ...(isAtLeast(level, 'RequestResponse') && responseObject !== undefined && { responseObject }),
    requestReceivedTimestamp: formatMicroTime(received),
    stageTimestamp: formatMicroTime(now),
    ...(outcome.decision && { annotations: annotationsOf(outcome.decision) }),
  };
}

export const isAtLeast = (level: Asked['level'], least: Asked['level']): boolean => ORDER[level] >= ORDER[least];

const ORDER = { Metadata: 1, Request: 2, RequestResponse: 3 };

const annotationsOf = ({ allowed, reason }: Decision): object => ({
  'authorization.k8s.io/decision': allowed ? 'allow' : 'forbid',
  'authorization.k8s.io/reason': reason ?? '',
});

/** Whoever passed the request on, as far as it says so, and who brought it. */
function sourcesOf(forwarded: string | undefined, real: string | undefined, remote: string | undefined): object {
  const hops = (forwarded ?? '')
    .split(',')
    .map((hop) => hop.trim())
    .filter(Boolean);
  if (real && !hops.includes(real)) hops.push(real);
  if (remote && hops.at(-1) !== remote) hops.push(remote);
  return hops.length > 0 ? { sourceIPs: hops } : {};
}

/** What the path does not say, the object that was sent does. */
function objectRefOf({ resource, namespace, name, group, version, subresource }: ResourceInfo, sent: unknown): object {
  const metadata = metadataOf(sent);
  const named = {
    namespace: namespace || metadata['namespace'],
    name: name || metadata['name'],
    uid: metadata['uid'],
    apiGroup: group,
  };
  const rest = { apiVersion: version, resourceVersion: metadata['resourceVersion'], subresource };
  return Object.fromEntries(
    Object.entries({ resource, ...named, ...rest }).filter(([, value]) => typeof value === 'string' && value !== ''),
  );
}

function metadataOf(object: unknown): Record<string, unknown> {
  const { metadata } = (typeof object === 'object' && object !== null ? object : {}) as { metadata?: unknown };
  return typeof metadata === 'object' && metadata !== null ? (metadata as Record<string, unknown>) : {};
}
