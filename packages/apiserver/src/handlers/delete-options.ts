/** DeleteOptions of a request: the body's when there is one, else the query's. */
import {
  type FieldError,
  stringifyJson,
  BadRequest,
  forbidden,
  invalid,
  invalidObject,
  notSupported,
} from '@mkube/apimachinery';
import { parseBody } from '../encode/body.ts';
import { isTrue } from '../request/info.ts';
import { bodyEncoding } from '../request/media-types.ts';
import { parseDryRun } from '../request/options.ts';
import { type ApiRequest, header } from '../request/request.ts';

export type Propagation = 'Background' | 'Foreground' | 'Orphan';

export interface DeleteOptions {
  gracePeriodSeconds: number | undefined;
  propagation: Propagation | undefined;
  preconditions: { uid?: string; resourceVersion?: string };
  dryRun: boolean;
}

const POLICIES = ['Foreground', 'Background', 'Orphan'];

export async function deleteOptionsOf(request: ApiRequest): Promise<DeleteOptions> {
  return parseDeleteOptions(request.body?.length ? await fromBody(request) : fromQuery(request.query));
}

async function fromBody(request: ApiRequest): Promise<Record<string, unknown>> {
  const encoding = bodyEncoding(header(request.headers, 'content-type'), { protobuf: true });
  const { value } = await parseBody(request.body ?? Buffer.alloc(0), encoding);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new BadRequest('DeleteOptions must be an object');
  const kind = (value as { kind?: unknown }).kind;
  if (kind !== undefined && kind !== '' && kind !== 'DeleteOptions')
    throw new BadRequest(`the object provided is unrecognized (must be of type DeleteOptions): ${stringifyJson(kind)}`);
  return value as Record<string, unknown>;
}

function fromQuery(query: URLSearchParams): Record<string, unknown> {
  const grace = query.get('gracePeriodSeconds');
  if (grace !== null && !/^-?[0-9]{1,18}$/.test(grace))
    throw new BadRequest(`strconv.ParseInt: parsing ${JSON.stringify(grace)}: invalid syntax`);
  const orphan = query.get('orphanDependents');
  return {
    ...(grace !== null && { gracePeriodSeconds: Number(grace) }),
    ...(orphan !== null && { orphanDependents: isTrue(orphan) }),
    ...(query.has('propagationPolicy') && { propagationPolicy: query.get('propagationPolicy') }),
    ...(query.has('dryRun') && { dryRun: query.getAll('dryRun') }),
  };
}

/** Exported for eviction, whose body carries them. */
export function parseDeleteOptions(given: Record<string, unknown>): DeleteOptions {
  const errors: FieldError[] = [];
  const { gracePeriodSeconds: grace, orphanDependents: orphan, propagationPolicy: policy, preconditions } = given;
  const dryRun = given['dryRun'] ?? [];
  if (grace !== undefined && grace !== null && !Number.isInteger(grace))
    throw new BadRequest(
      `json: cannot unmarshal ${typeof grace === 'number' ? `number ${grace}` : typeof grace} into Go struct field DeleteOptions.gracePeriodSeconds of type int64`,
    );
  if (!Array.isArray(dryRun) || dryRun.some((v) => typeof v !== 'string'))
    throw new BadRequest('dryRun must be a list of strings');
  if (policy != null && orphan != null)
    errors.push(invalid('propagationPolicy', policy, 'orphanDependents and deletionPropagation cannot be both set'));
  if (policy != null && !POLICIES.includes(policy as string))
    errors.push(notSupported('propagationPolicy', policy, [...POLICIES, 'nil']));
  const isDryRun = parseDryRun(dryRun as string[], errors);
  if (preconditions != null && typeof preconditions !== 'object')
    errors.push(forbidden('preconditions', 'must be an object'));
  if (errors.length > 0) throw invalidObject({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', errors);
  const { uid, resourceVersion } = (preconditions ?? {}) as { uid?: unknown; resourceVersion?: unknown };
  return {
    gracePeriodSeconds: typeof grace === 'number' ? (grace < 0 ? 1 : grace) : undefined,
    propagation:
      orphan != null ? (orphan ? 'Orphan' : 'Background') : ((policy ?? undefined) as Propagation | undefined),
    preconditions: {
      ...(typeof uid === 'string' && { uid }),
      ...(typeof resourceVersion === 'string' && { resourceVersion }),
    },
    dryRun: isDryRun,
  };
}
