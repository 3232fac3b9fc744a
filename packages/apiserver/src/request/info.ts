/**
 * What a request asks for, read from its method and path alone: Kubernetes' RequestInfo. Pure. Authorization, routing and
 * audit all go by this one reading, so that they cannot disagree.
 */
export interface ResourceInfo {
  type: 'resource';
  /** get, list, watch, create, update, patch, delete, deletecollection. */
  verb: string;
  group: string;
  version: string;
  resource: string;
  subresource: string;
  namespace: string;
  name: string;
  /** What follows the subresource: proxy paths. Begins with '/' or is ''. */
  rest: string;
  /** Of a list, watch or deletecollection. */
  fieldSelector?: string;
}

export interface PathInfo {
  type: 'path';
  /** The method in lower case. */
  verb: string;
  path: string;
}

export type RequestInfo = ResourceInfo | PathInfo;

const VERBS: Record<string, string> = { GET: 'get', HEAD: 'get', POST: 'create', PUT: 'update', PATCH: 'patch' };
/** Below /namespaces/NAME these belong to the namespace itself. */
const OF_NAMESPACE = new Set(['status', 'finalize']);

/** Throws URIError for a path that is not validly percent-encoded. */
export function parseRequestInfo(method: string, path: string, query: URLSearchParams): RequestInfo {
  const parts = path.split('/').slice(1).map(decodeURIComponent);
  const asPath: PathInfo = { type: 'path', verb: method.toLowerCase(), path };
  const core = parts[0] === 'api';
  if (!core && parts[0] !== 'apis') return asPath;
  const [group, version] = core ? ['', parts[1]] : [parts[1], parts[2]];
  let rest = parts.slice(core ? 2 : 3);
  if (!version || group === undefined || !rest[0]) return asPath;
  const legacyWatch = rest[0] === 'watch' && rest.length > 1;
  if (legacyWatch) rest = rest.slice(1);
  let namespace = '';
  if (rest[0] === 'namespaces' && rest[1]) {
    namespace = rest[1];
    if (rest[2] && !OF_NAMESPACE.has(rest[2])) rest = rest.slice(2);
  }
  const [resource = '', name = '', subresource = '', ...more] = rest;
  const verb = verbOf(method, name, legacyWatch, query);
  return {
    type: 'resource',
    verb,
    group,
    version,
    resource,
    subresource,
    namespace,
    name,
    ...(query.has('fieldSelector') && { fieldSelector: query.get('fieldSelector') ?? '' }),
    rest: more.length > 0 ? `/${path.split('/').slice(-more.length).join('/')}` : '',
  };
}

function verbOf(method: string, name: string, legacyWatch: boolean, query: URLSearchParams): string {
  // The old form of a watch is one whatever the method: nothing else is served there.
  if (legacyWatch) return 'watch';
  if (method === 'DELETE') return name ? 'delete' : 'deletecollection';
  const verb = VERBS[method] ?? method.toLowerCase();
  if (verb !== 'get') return verb;
  if (name) return isTrue(query.get('watch')) && isOneByField(query, name) ? 'watch' : 'get';
  return isTrue(query.get('watch')) ? 'watch' : 'list';
}

const isOneByField = (query: URLSearchParams, name: string): boolean =>
  query.get('fieldSelector') === `metadata.name=${name}`;

/** What rules of all sorts go by, but for the object's name: equal for requests that they cannot tell apart. */
export const scopeOf = (info: RequestInfo): string =>
  info.type === 'path'
    ? `${info.verb} ${info.path}`
    : `${info.verb} ${info.group} ${info.resource}/${info.subresource} ${info.namespace}`;

/** A flag of a query: there and not 'false' or '0'. */
export const isTrue = (value: string | null): boolean => value !== null && value !== 'false' && value !== '0';
