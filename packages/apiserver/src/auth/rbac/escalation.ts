/** Nobody gives away more than they have: which of the rules a user wants to grant it does not hold itself. Pure. */
import type { PolicyRule } from '@mkube/api';

/** Each rule cut into single grants, of which none covers two things. */
export function missingRules(wanted: readonly PolicyRule[], held: readonly PolicyRule[]): PolicyRule[] {
  return wanted.flatMap(singleGrants).filter((rule) => !held.some((own) => covers(own, rule)));
}

function singleGrants(rule: PolicyRule): PolicyRule[] {
  const verbs = rule.verbs ?? [];
  const paths = (rule.nonResourceURLs ?? []).flatMap((url) =>
    verbs.map((verb): PolicyRule => ({ verbs: [verb], nonResourceURLs: [url] })),
  );
  const names = rule.resourceNames?.length ? rule.resourceNames : [undefined];
  const resources = (rule.apiGroups ?? []).flatMap((group) =>
    (rule.resources ?? []).flatMap((resource) =>
      verbs.flatMap((verb) =>
        names.map((name): PolicyRule => ({
          verbs: [verb],
          apiGroups: [group],
          resources: [resource],
          ...(name !== undefined && { resourceNames: [name] }),
        })),
      ),
    ),
  );
  return [...paths, ...resources];
}

const has = (list: readonly string[] | undefined, value: string | undefined): boolean =>
  list !== undefined && (list.includes('*') || (value !== undefined && list.includes(value)));

function covers(own: PolicyRule, single: PolicyRule): boolean {
  if (!has(own.verbs, single.verbs[0])) return false;
  const [url] = single.nonResourceURLs ?? [];
  if (url !== undefined)
    return (own.nonResourceURLs ?? []).some(
      (mine) => mine === '*' || mine === url || (mine.endsWith('*') && url.startsWith(mine.slice(0, -1))),
    );
  const [resource = ''] = single.resources ?? [];
  const sub = resource.includes('/') ? `*/${resource.slice(resource.indexOf('/') + 1)}` : undefined;
  return (
    has(own.apiGroups, single.apiGroups?.[0]) &&
    (has(own.resources, resource) || (sub !== undefined && (own.resources ?? []).includes(sub))) &&
    (!own.resourceNames?.length ||
      (single.resourceNames?.[0] !== undefined && own.resourceNames.includes(single.resourceNames[0])))
  );
}

/** Go's form of a rule, which is how the refusal shows it. */
export function formatRule(rule: PolicyRule): string {
  const parts: string[] = [];
  const add = (name: string, list: readonly string[] | undefined): void => {
    if (list?.length) parts.push(`${name}:[${list.map((item) => JSON.stringify(item)).join(' ')}]`);
  };
  add('APIGroups', rule.apiGroups);
  add('Resources', rule.resources);
  add('ResourceNames', rule.resourceNames);
  add('NonResourceURLs', rule.nonResourceURLs);
  add('Verbs', rule.verbs);
  return `{${parts.join(', ')}}`;
}
