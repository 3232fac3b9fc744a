/**
 * RBAC once more, from the documentation and over the facts alone: what the bootstrap roles give to whom, without a store,
 * an index or a server. Tests hold the server's answers against it. Not part of the product.
 */
interface Rule {
  verbs: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
}

interface ModelRole {
  kind: string;
  name: string;
  namespace?: string;
  labels?: Record<string, string>;
  aggregationRule?: { clusterRoleSelectors: { matchLabels: Record<string, string> }[] };
  rules: Rule[] | null;
}

export interface ModelBinding {
  kind: string;
  name: string;
  namespace?: string;
  roleRef: { apiGroup: string; kind: string; name: string };
  subjects?: { kind: string; name: string; namespace?: string }[];
}

export interface Facts {
  roles: ModelRole[];
  bindings: ModelBinding[];
}

export interface Identity {
  username: string;
  groups: string[];
}

export interface Question {
  verb: string;
  group: string;
  resource: string;
  subresource: string;
  namespace: string;
  name: string;
  /** Asks about a path instead of a resource. */
  path?: string;
}

export type BootstrapFile = Record<
  | 'clusterRoles'
  | 'controllerRoles'
  | 'namespaceRoles'
  | 'clusterRoleBindings'
  | 'controllerRoleBindings'
  | 'namespaceRoleBindings',
  never[]
>;

export const factsOf = (file: BootstrapFile, more: ModelBinding[] = []): Facts => ({
  roles: [...file.clusterRoles, ...file.controllerRoles, ...file.namespaceRoles],
  bindings: [...file.clusterRoleBindings, ...file.controllerRoleBindings, ...file.namespaceRoleBindings, ...more],
});

export function mayDo(facts: Facts, { username, groups }: Identity, question: Question): boolean {
  if (groups.includes('system:masters')) return true;
  return facts.bindings.some(
    (binding) =>
      (binding.kind === 'ClusterRoleBinding' ||
        (question.path === undefined && binding.namespace === question.namespace)) &&
      (binding.subjects ?? []).some((subject) => isSubject(subject, { username, groups })) &&
      rulesOf(facts, roleOf(facts, binding)).some((rule) => allows(rule, question)),
  );
}

function isSubject(subject: { kind: string; name: string; namespace?: string }, { username, groups }: Identity) {
  switch (subject.kind) {
    case 'User':
      return subject.name === username;
    case 'Group':
      return groups.includes(subject.name);
    default:
      return username === `system:serviceaccount:${subject.namespace}:${subject.name}`;
  }
}

function roleOf(facts: Facts, { roleRef, namespace }: ModelBinding): ModelRole | undefined {
  return facts.roles.find(
    ({ kind, name, namespace: own }) =>
      kind === roleRef.kind && name === roleRef.name && (kind === 'ClusterRole' || own === namespace),
  );
}

export function rulesOf(facts: Facts, role: ModelRole | undefined): Rule[] {
  if (!role) return [];
  const selectors = role.aggregationRule?.clusterRoleSelectors ?? [];
  if (selectors.length === 0) return role.rules ?? [];
  return facts.roles
    .filter((other) => other !== role && other.kind === 'ClusterRole')
    .filter(({ labels = {} }) =>
      selectors.some(({ matchLabels }) => Object.entries(matchLabels).every(([k, v]) => labels[k] === v)),
    )
    .flatMap((other) => rulesOf(facts, other));
}

function allows(rule: Rule, { verb, group, resource, subresource, name, path }: Question): boolean {
  const oneOf = (list: string[] | undefined, ...accepted: string[]) =>
    (list ?? []).some((entry) => accepted.includes(entry));
  if (!oneOf(rule.verbs, verb, '*')) return false;
  if (path !== undefined)
    return (rule.nonResourceURLs ?? []).some((url) =>
      url.endsWith('*') ? path.startsWith(url.slice(0, -1)) : url === path,
    );
  if (!oneOf(rule.apiGroups, group, '*')) return false;
  if (rule.resourceNames?.length && !rule.resourceNames.includes(name)) return false;
  return subresource
    ? oneOf(rule.resources, `${resource}/${subresource}`, `*/${subresource}`, '*')
    : oneOf(rule.resources, resource, '*');
}

/** For every rule that a subject has, questions that it answers with yes, and near ones that it may not. */
export function questionsAbout(facts: Facts): { who: Identity; question: Question }[] {
  return facts.bindings.flatMap((binding) =>
    (binding.subjects ?? []).flatMap((subject) =>
      rulesOf(facts, roleOf(facts, binding)).flatMap((rule, i) =>
        questionsOf(rule, i, binding.namespace ?? '').map((question) => ({ who: identityOf(subject), question })),
      ),
    ),
  );
}

export const identityOf = ({ kind, name, namespace }: { kind: string; name: string; namespace?: string }): Identity =>
  kind === 'User'
    ? { username: name, groups: ['system:authenticated'] }
    : kind === 'Group'
      ? { username: `member of ${name}`, groups: [name, 'system:authenticated'] }
      : {
          username: `system:serviceaccount:${namespace}:${name}`,
          groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
        };

function questionsOf(rule: Rule, i: number, namespace: string): Question[] {
  const pick = (list: readonly string[], shift: number) => list[(i + shift) % Math.max(1, list.length)] ?? '';
  const verb = pick(rule.verbs, 0);
  if (rule.nonResourceURLs) {
    const path = pick(rule.nonResourceURLs, 0).replace('*', 'some/where');
    const asked = { group: '', resource: '', subresource: '', namespace: '', name: '', verb };
    return [
      { ...asked, path },
      { ...asked, path, verb: 'put' },
      { ...asked, path: `${path}x` },
    ];
  }
  const [resource = '', subresource = ''] = pick(rule.resources ?? [], i).split('/');
  const yes = {
    verb,
    group: pick(rule.apiGroups ?? [], 0),
    resource,
    subresource,
    namespace,
    name: pick(rule.resourceNames ?? [], 0),
  };
  return [
    yes,
    { ...yes, verb: pick(['get', 'list', 'create', 'delete', 'patch', 'deletecollection'], 1) },
    { ...yes, namespace: namespace ? 'default' : 'kube-system', name: 'another' },
    { ...yes, group: pick(['apps', '', 'batch', 'rbac.authorization.k8s.io'], 0) },
    { ...yes, subresource: subresource ? '' : 'status' },
  ];
}
