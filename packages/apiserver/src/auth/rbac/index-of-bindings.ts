/**
 * Roles and bindings in memory, by who they are bound to: rebuilt when any of them changes, at the next question.
 * Answers which rules a user has in a namespace, and in all of them.
 */
import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding } from '@mkube/api';
import { selectorOf } from '@mkube/apimachinery';
import type { User } from '../../request/request.ts';
import type { Resources } from '../../storage/resources.ts';
import type { Storage } from '../../storage/storage.ts';

const GROUP = 'rbac.authorization.k8s.io';

interface Subject {
  kind: string;
  name: string;
  namespace?: string;
}

export interface Grant {
  /** '' for everywhere. */
  namespace: string;
  rules: readonly PolicyRule[];
  /** For the reason of an allowed request. */
  binding: string;
  role: string;
  subject: string;
}

export class BindingIndex {
  readonly #roles: Storage;
  readonly #clusterRoles: Storage;
  readonly #roleBindings: Storage;
  readonly #clusterRoleBindings: Storage;
  #bySubject: Map<string, Grant[]> | undefined;
  /** Counts changes, so that what was decided before is known to be old. */
  version = 0;

  constructor(resources: Resources) {
    this.#roles = resources.need('roles', GROUP);
    this.#clusterRoles = resources.need('clusterroles', GROUP);
    this.#roleBindings = resources.need('rolebindings', GROUP);
    this.#clusterRoleBindings = resources.need('clusterrolebindings', GROUP);
    for (const { cache } of [this.#roles, this.#clusterRoles, this.#roleBindings, this.#clusterRoleBindings])
      resources.caches.subscribe(cache, () => this.#forget());
  }

  grantsOf(user: User): Grant[] {
    const index = (this.#bySubject ??= this.#build());
    const grants = [...(index.get(`User ${user.username}`) ?? [])];
    for (const group of user.groups) grants.push(...(index.get(`Group ${group}`) ?? []));
    return grants;
  }

  /** The rules of a role as it is now; undefined when there is no such role. */
  rulesOf(kind: string, namespace: string, name: string): readonly PolicyRule[] | undefined {
    const entry =
      kind === 'ClusterRole' ? this.#clusterRoles.cache.get('', name) : this.#roles.cache.get(namespace, name);
    return entry && rulesWithAggregated(entry.object as ClusterRole | Role, this.#clusterRoles);
  }

  #forget(): void {
    this.#bySubject = undefined;
    this.version++;
  }

  #build(): Map<string, Grant[]> {
    const index = new Map<string, Grant[]>();
    for (const entry of this.#clusterRoleBindings.cache.list())
      this.#add(index, entry.object as ClusterRoleBinding, '');
    for (const entry of this.#roleBindings.cache.list()) this.#add(index, entry.object as RoleBinding, entry.namespace);
    return index;
  }

  #add(index: Map<string, Grant[]>, binding: ClusterRoleBinding | RoleBinding, namespace: string): void {
    const { roleRef, subjects = [] } = binding;
    const rules = this.rulesOf(roleRef.kind, namespace, roleRef.name);
    if (!rules) return;
    for (const subject of subjects) {
      const key = subjectKey(subject, namespace);
      const grant = {
        namespace,
        rules,
        binding: `${binding.kind} ${JSON.stringify(namespace ? `${binding.metadata.name}/${namespace}` : binding.metadata.name)}`,
        role: `${roleRef.kind} ${JSON.stringify(roleRef.name)}`,
        subject: shown(subject, namespace),
      };
      index.set(key, [...(index.get(key) ?? []), grant]);
    }
  }
}

/** An aggregated role has the rules of all roles that its selectors choose, aggregated ones among them. */
function rulesWithAggregated(role: ClusterRole | Role, all: Storage, seen = new Set<string>()): readonly PolicyRule[] {
  const selectors = ('aggregationRule' in role ? role.aggregationRule?.clusterRoleSelectors : undefined) ?? [];
  if (selectors.length === 0) return role.rules ?? [];
  seen.add(role.metadata.name);
  const matchers = selectors.map((selector) => selectorOf(selector));
  const rules: PolicyRule[] = [];
  for (const { object } of all.cache.list()) {
    const other = object as ClusterRole;
    if (seen.has(other.metadata.name) || !matchers.some((m) => m.matches(other.metadata.labels))) continue;
    rules.push(...rulesWithAggregated(other, all, seen));
  }
  return rules;
}

const subjectKey = (subject: Subject, namespace: string): string =>
  subject.kind === 'ServiceAccount'
    ? `User system:serviceaccount:${subject.namespace || namespace}:${subject.name}`
    : `${subject.kind} ${subject.name}`;

const shown = (subject: Subject, namespace: string): string =>
  subject.kind === 'ServiceAccount'
    ? `ServiceAccount ${JSON.stringify(`${subject.name}/${subject.namespace || namespace}`)}`
    : `${subject.kind} ${JSON.stringify(subject.name)}`;
