/** How Kubernetes names a request in its metrics: verbs as HTTP has them, scope, dry run. Pure. */
import type { ResourceInfo } from '../request/info.ts';
import { type ApiRequest, header } from '../request/request.ts';

export type Labels = Readonly<Record<string, string>>;

export interface Observed {
  info: ResourceInfo;
  request: ApiRequest;
}

const VERBS: Readonly<Record<string, string>> = { create: 'POST', update: 'PUT' };
const CONNECTS = new Set(['attach', 'exec', 'portforward', 'proxy']);

/** Equal where the labels are. By resource, not by name: what is counted stays as small as what is served. */
export function keyOf({ info, request }: Observed): string {
  const { verb, group, version, resource, subresource } = info;
  return `${verb} ${group}/${version} ${resource}/${subresource} ${scopeOf(info)} ${isApply(info, request)} ${isDryRun(request)}`;
}

export function labelsOf({ info, request }: Observed): Labels {
  const { group, version, resource, subresource } = info;
  const dryRun = isDryRun(request) ? 'All' : '';
  const verb = verbOf(info, request);
  return { component: 'apiserver', dry_run: dryRun, group, resource, scope: scopeOf(info), subresource, verb, version };
}

function verbOf(info: ResourceInfo, request: ApiRequest): string {
  if (CONNECTS.has(info.subresource)) return 'CONNECT';
  if (isApply(info, request)) return 'APPLY';
  return VERBS[info.verb] ?? info.verb.toUpperCase();
}

const scopeOf = ({ name, namespace, verb }: ResourceInfo): string =>
  name || verb === 'create' ? 'resource' : namespace ? 'namespace' : 'cluster';

const isApply = ({ verb }: ResourceInfo, { headers }: ApiRequest): boolean =>
  verb === 'patch' && (header(headers, 'content-type') ?? '').startsWith('application/apply-patch');

const isDryRun = ({ query }: ApiRequest): boolean => query.get('dryRun') === 'All';
