/** Does a FlowSchema speak of a request? Kubernetes' rules, pure; who matches first by precedence, then by name, has it. */
import type { FlowSchema } from '@mkube/api';
import type { RequestInfo, ResourceInfo } from '../request/info.ts';
import type { User } from '../request/request.ts';

type Rules = NonNullable<FlowSchema['spec']['rules']>[number];
type Subject = Rules['subjects'][number];
type ResourceRule = NonNullable<Rules['resourceRules']>[number];
type PathRule = NonNullable<Rules['nonResourceRules']>[number];

const SERVICE_ACCOUNT = 'system:serviceaccount:';

export const inOrder = (schemas: readonly FlowSchema[]): FlowSchema[] =>
  schemas.toSorted(
    (a, b) => a.spec.matchingPrecedence - b.spec.matchingPrecedence || (a.metadata.name < b.metadata.name ? -1 : 1),
  );

export const matchesSchema = ({ spec }: FlowSchema, user: User, info: RequestInfo): boolean =>
  (spec.rules ?? []).some(
    (rules) => rules.subjects.some((subject) => isSubject(subject, user)) && matchesRules(rules, info),
  );

const matchesRules = ({ resourceRules = [], nonResourceRules = [] }: Rules, info: RequestInfo): boolean =>
  info.type === 'resource'
    ? resourceRules.some((rule) => matchesResource(rule, info))
    : nonResourceRules.some((rule) => matchesPath(rule, info.verb, info.path));

function isSubject({ kind, user: one, group, serviceAccount }: Subject, user: User): boolean {
  switch (kind) {
    case 'User':
      return one !== undefined && (one.name === '*' || one.name === user.username);
    case 'Group':
      return group !== undefined && (group.name === '*' || user.groups.includes(group.name));
    case 'ServiceAccount':
      return serviceAccount !== undefined && isServiceAccount(serviceAccount, user.username);
    default:
      return false;
  }
}

const isServiceAccount = ({ namespace, name }: { namespace: string; name: string }, username: string): boolean =>
  name === '*'
    ? username.startsWith(`${SERVICE_ACCOUNT}${namespace}:`)
    : username === `${SERVICE_ACCOUNT}${namespace}:${name}`;

function matchesResource(rule: ResourceRule, info: ResourceInfo): boolean {
  const { verb, group, namespace } = info;
  const resource = info.subresource ? `${info.resource}/${info.subresource}` : info.resource;
  if (!has(rule.verbs, verb) || !has(rule.apiGroups, group) || !has(rule.resources, resource)) return false;
  return namespace === '' ? rule.clusterScope === true : has(rule.namespaces ?? [], namespace);
}

const matchesPath = (rule: PathRule, verb: string, path: string): boolean =>
  has(rule.verbs, verb) && rule.nonResourceURLs.some((url) => isPath(url, path));

/** '/healthz' is that path alone, '/healthz/*' what is below, '*' every path. */
const isPath = (url: string, path: string): boolean =>
  url === '*' || url === path || (url.endsWith('/*') && path.startsWith(url.slice(0, -1)));

const has = (list: readonly string[], value: string): boolean => list.includes('*') || list.includes(value);
