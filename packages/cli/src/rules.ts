/** Rules of RBAC as people read them: one row per resource, its verbs together. For describe and `auth can-i --list`. */
export interface Rule {
  verbs: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
}

/** One rule per resource (or URL) and name, with the verbs of all rules that speak of it; sorted as kubectl sorts. */
export function compactRules(rules: readonly Rule[]): Rule[] {
  const byWhat = new Map<string, Rule>();
  for (const { verbs, ...what } of rules.flatMap(single)) {
    const key = JSON.stringify(what);
    const known = byWhat.get(key);
    // kubectl leaves rules of URLs as they are, however often one comes up
    if (!known || what.nonResourceURLs)
      byWhat.set(known ? `${key} ${byWhat.size}` : key, { ...what, verbs: [...verbs] });
    else known.verbs.push(...verbs.filter((v) => !known.verbs.includes(v)));
  }
  return [...byWhat.values()].toSorted((a, b) => {
    const [left, right] = [sortKey(a), sortKey(b)];
    return left < right ? -1 : left > right ? 1 : 0;
  });
}

/** Every group with every resource and every name: rules of one each. */
function single({ verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] }: Rule): Rule[] {
  const names = resourceNames.length > 0 ? resourceNames : [undefined];
  const of = apiGroups.flatMap((group) =>
    resources.flatMap((resource) =>
      names.map((name) => ({
        apiGroups: [group],
        resources: [resource],
        ...(name !== undefined && { resourceNames: [name] }),
        verbs,
      })),
    ),
  );
  return [...of, ...nonResourceURLs.map((url) => ({ nonResourceURLs: [url], verbs }))];
}

/** Go's words for a rule, which is what kubectl compares. */
const sortKey = ({ verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] }: Rule): string =>
  [verbs, apiGroups, resources, resourceNames, nonResourceURLs].map((list) => `[${list.join(' ')}],`).join('');

/** Resource, URLs, names, verbs. */
export function ruleCells({
  verbs,
  apiGroups = [],
  resources = [],
  resourceNames = [],
  nonResourceURLs = [],
}: Rule): string[] {
  const [resource, subresource] = (resources[0] ?? '').split(/\/(.*)/s);
  const what = `${resource}${apiGroups[0] ? `.${apiGroups[0]}` : ''}${subresource ? `/${subresource}` : ''}`;
  const list = (values: readonly string[]): string => `[${values.join(' ')}]`;
  return [resources.length > 0 ? what : '', list(nonResourceURLs), list(resourceNames), list(verbs)];
}
