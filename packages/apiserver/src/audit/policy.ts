/** An audit Policy (audit.k8s.io/v1): the first rule that matches a request says how much of it is written down. Pure. */
import type { RequestInfo, ResourceInfo } from '../request/info.ts';
import type { User } from '../request/request.ts';

const LEVELS = ['None', 'Metadata', 'Request', 'RequestResponse'] as const;
const STAGES = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'] as const;

export type Level = (typeof LEVELS)[number];
export type Stage = (typeof STAGES)[number];

interface Rule {
  level: Level;
  users?: string[];
  userGroups?: string[];
  verbs?: string[];
  namespaces?: string[];
  resources?: GroupResources[];
  nonResourceURLs?: string[];
  omitStages?: Stage[];
  omitManagedFields?: boolean;
}

interface GroupResources {
  group?: string;
  resources?: string[];
  resourceNames?: string[];
}

export interface AuditPolicy {
  rules: Rule[];
  omitStages?: Stage[];
  omitManagedFields?: boolean;
}

/** What is written down of one request. */
export interface AuditConfig {
  level: Exclude<Level, 'None'>;
  omits(stage: Stage): boolean;
  omitManagedFields: boolean;
}

/** Throws an Error that says all that is wrong with the policy. */
export function parsePolicy(value: unknown): AuditPolicy {
  const policy = (value ?? {}) as Partial<AuditPolicy> & { kind?: unknown; apiVersion?: unknown };
  if (policy.kind !== 'Policy' || policy.apiVersion !== 'audit.k8s.io/v1' || !Array.isArray(policy.rules))
    throw new Error('an audit policy is an object of kind Policy, apiVersion audit.k8s.io/v1, with rules');
  if (policy.rules.length === 0) throw new Error('an audit policy needs at least one rule');
  const faults = [
    ...faultsOfStages(policy.omitStages, 'omitStages'),
    ...policy.rules.flatMap((rule, i) => [...faultsOf(rule ?? {}, `rules[${i}]`)]),
  ];
  if (faults.length > 0) throw new Error(faults.join('; '));
  return policy as AuditPolicy;
}

function* faultsOf(rule: Partial<Rule>, at: string): Generator<string> {
  if (!LEVELS.includes(rule.level as Level)) yield `${at}.level must be one of ${LEVELS.join(', ')}`;
  for (const key of ['users', 'userGroups', 'verbs', 'namespaces', 'nonResourceURLs'] as const)
    if (!isStrings(rule[key])) yield `${at}.${key} must be a list of texts`;
  yield* faultsOfStages(rule.omitStages, `${at}.omitStages`);
  for (const url of isStrings(rule.nonResourceURLs) ? (rule.nonResourceURLs ?? []) : []) {
    if (url !== '*' && !url.startsWith('/')) yield `${at}.nonResourceURLs: '${url}' must begin with '/'`;
    if (url.slice(0, -1).includes('*')) yield `${at}.nonResourceURLs: in '${url}' a '*' must be the last character`;
  }
  if (rule.nonResourceURLs?.length && (rule.resources?.length || rule.namespaces?.length))
    yield `${at}: a rule is of resources or of nonResourceURLs, not of both`;
  for (const of of rule.resources ?? []) {
    if (!isStrings(of.resources) || !isStrings(of.resourceNames)) yield `${at}.resources must hold lists of texts`;
    if (of.resourceNames?.length && !of.resources?.length) yield `${at}.resources: resourceNames need resources`;
  }
}

const faultsOfStages = (stages: unknown, at: string): string[] =>
  isStrings(stages) && (stages ?? []).every((stage) => STAGES.includes(stage as Stage))
    ? []
    : [`${at} must be of ${STAGES.join(', ')}`];

const isStrings = (value: unknown): value is string[] | undefined =>
  value === undefined || (Array.isArray(value) && value.every((one) => typeof one === 'string'));

/** undefined: nothing. `user` is undefined where nobody could be authenticated. */
export function configOf(policy: AuditPolicy, user: User | undefined, info: RequestInfo): AuditConfig | undefined {
  const rule = policy.rules.find((one) => matches(one, user, info));
  if (!rule || rule.level === 'None') return undefined;
  const omitted = [...(policy.omitStages ?? []), ...(rule.omitStages ?? [])];
  return {
    level: rule.level,
    omits: (stage) => omitted.includes(stage),
    omitManagedFields: rule.omitManagedFields ?? policy.omitManagedFields ?? false,
  };
}

function matches(rule: Rule, user: User | undefined, info: RequestInfo): boolean {
  if (rule.users?.length && !(user && rule.users.includes(user.username))) return false;
  if (rule.userGroups?.length && !rule.userGroups.some((group) => user?.groups.includes(group))) return false;
  if (rule.verbs?.length && !rule.verbs.includes(info.verb)) return false;
  if (rule.namespaces?.length || rule.resources?.length)
    return info.type === 'resource' && isInNamespaces(rule, info) && isOfResources(rule, info);
  return !rule.nonResourceURLs?.length || (info.type === 'path' && matchesPath(rule.nonResourceURLs, info.path));
}

const isInNamespaces = ({ namespaces }: Rule, { namespace }: ResourceInfo): boolean =>
  !namespaces?.length || namespaces.includes(namespace);

const isOfResources = ({ resources }: Rule, info: ResourceInfo): boolean =>
  !resources?.length || resources.some((of) => matchesResource(of, info));

const matchesPath = (urls: readonly string[], path: string): boolean =>
  urls.some((url) => url === '*' || url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1))));

function matchesResource({ group = '', resources, resourceNames }: GroupResources, info: ResourceInfo): boolean {
  if (group !== info.group) return false;
  if (!resources?.length) return true;
  if (resourceNames?.length && !resourceNames.includes(info.name)) return false;
  const { resource, subresource } = info;
  const full = subresource ? `${resource}/${subresource}` : resource;
  const accepted = ['*', full, `${resource}/*`, ...(subresource ? [`*/${subresource}`] : [])];
  return resources.some((name) => accepted.includes(name));
}
