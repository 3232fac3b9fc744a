/** An audit Policy (audit.k8s.io/v1): the first rule that matches a request says how much of it is written down. Pure. */
import type { RequestInfo } from '../request/info.ts';
import type { User } from '../request/request.ts';

export type Level = 'None' | 'Metadata' | 'Request' | 'RequestResponse';

interface Rule {
  level: Level;
  users?: string[];
  userGroups?: string[];
  verbs?: string[];
  namespaces?: string[];
  resources?: { group?: string; resources?: string[]; resourceNames?: string[] }[];
  nonResourceURLs?: string[];
}

export interface AuditPolicy {
  rules: Rule[];
}

const LEVELS: readonly string[] = ['None', 'Metadata', 'Request', 'RequestResponse'];

/** Throws an Error that says what is wrong with the policy. */
export function parsePolicy(value: unknown): AuditPolicy {
  const { kind, rules } = (value ?? {}) as { kind?: unknown; rules?: unknown };
  if (kind !== 'Policy' || !Array.isArray(rules))
    throw new Error('an audit policy is an object of kind Policy with rules');
  for (const [i, rule] of rules.entries()) {
    const { level } = (rule ?? {}) as { level?: unknown };
    if (typeof level !== 'string' || !LEVELS.includes(level))
      throw new Error(`rules[${i}].level must be one of ${LEVELS.join(', ')}`);
  }
  return { rules: rules as Rule[] };
}

export const levelOf = ({ rules }: AuditPolicy, user: User, info: RequestInfo): Level =>
  rules.find((rule) => matches(rule, user, info))?.level ?? 'None';

function matches(rule: Rule, user: User, info: RequestInfo): boolean {
  if (rule.users?.length && !rule.users.includes(user.username)) return false;
  if (rule.userGroups?.length && !rule.userGroups.some((group) => user.groups.includes(group))) return false;
  if (rule.verbs?.length && !rule.verbs.includes(info.verb)) return false;
  if (info.type === 'path') return !rule.resources?.length && !rule.namespaces?.length && matchesPath(rule, info.path);
  if (rule.nonResourceURLs?.length) return false;
  if (rule.namespaces?.length && !rule.namespaces.includes(info.namespace)) return false;
  return !rule.resources?.length || rule.resources.some((of) => matchesResource(of, info));
}

const matchesPath = ({ nonResourceURLs }: Rule, path: string): boolean =>
  !nonResourceURLs?.length ||
  nonResourceURLs.some(
    (url) => url === '*' || url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1))),
  );

function matchesResource(
  of: NonNullable<Rule['resources']>[number],
  info: Extract<RequestInfo, { type: 'resource' }>,
): boolean {
  if ((of.group ?? '') !== info.group) return false;
  if (of.resourceNames?.length && !of.resourceNames.includes(info.name)) return false;
  const full = info.subresource ? `${info.resource}/${info.subresource}` : info.resource;
  return (
    !of.resources?.length ||
    of.resources.some(
      (name) =>
        name === '*' ||
        name === full ||
        name === `${info.resource}/*` ||
        (info.subresource !== '' && name === `*/${info.subresource}`),
    )
  );
}
