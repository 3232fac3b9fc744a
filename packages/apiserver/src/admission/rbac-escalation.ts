/**
 * Roles and bindings: who writes one must hold all rights in it, or have the verb escalate (roles) or bind (bindings).
 * Upstream keeps this in the storage of RBAC; here it is admission, where everything that refuses is.
 */
import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding } from '@mkube/api';
import { forbiddenResource, notFound } from '@mkube/apimachinery';
import { isDeepStrictEqual } from 'node:util';
import { MASTERS } from '../auth/rbac/authorizer.ts';
import { formatRule, missingRules } from '../auth/rbac/escalation.ts';
import type { ServerContext } from '../context.ts';
import type { ResourceInfo } from '../request/info.ts';
import type { AdmissionPlugin, Attributes } from './plugin.ts';

const GROUP = 'rbac.authorization.k8s.io';

export const rbacEscalation: AdmissionPlugin = {
  name: 'RBACEscalation',
  validate(attributes, server) {
    const { definition, operation, user, object, oldObject } = attributes;
    if (definition.group !== GROUP || (operation !== 'CREATE' && operation !== 'UPDATE')) return;
    if (user.groups.includes(MASTERS)) return;
    if (definition.kind.endsWith('Binding')) return checkBinding(attributes, server);
    const role = object as ClusterRole | Role;
    const old = oldObject as ClusterRole | Role | undefined;
    const aggregation = (of: ClusterRole | Role | undefined) =>
      of && 'aggregationRule' in of ? of.aggregationRule : undefined;
    if (old && isDeepStrictEqual(role.rules, old.rules) && isDeepStrictEqual(aggregation(role), aggregation(old)))
      return;
    if (may(attributes, server, 'escalate', definition.resource, attributes.name)) return;
    const rules =
      aggregation(role) && !isDeepStrictEqual(aggregation(role), aggregation(old)) ? EVERYTHING : (role.rules ?? []);
    refuseMissing(attributes, server, rules);
  },
};

const EVERYTHING: PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

function checkBinding(attributes: Attributes, server: ServerContext): void {
  const { object, oldObject, namespace } = attributes;
  const binding = object as ClusterRoleBinding | RoleBinding;
  const old = oldObject as ClusterRoleBinding | RoleBinding | undefined;
  if (old && isDeepStrictEqual(binding.subjects, old.subjects) && isDeepStrictEqual(binding.roleRef, old.roleRef))
    return;
  const { kind, name } = binding.roleRef;
  const resource = kind === 'ClusterRole' ? 'clusterroles' : 'roles';
  if (may(attributes, server, 'bind', resource, name)) return;
  const rules = server.rulesOfRole(kind, namespace, name);
  if (!rules) throw notFound({ group: GROUP, resource }, name);
  refuseMissing(attributes, server, rules);
}

function may(
  { user, namespace }: Attributes,
  { authorizer }: ServerContext,
  verb: string,
  resource: string,
  name: string,
): boolean {
  const info: ResourceInfo = {
    type: 'resource',
    verb,
    group: GROUP,
    version: 'v1',
    resource,
    subresource: '',
    namespace,
    name,
    rest: '',
  };
  return authorizer.authorize(user, info).allowed;
}

function refuseMissing(attributes: Attributes, server: ServerContext, rules: readonly PolicyRule[]): void {
  const { user, namespace, definition, name } = attributes;
  const missing = missingRules(rules, server.rulesFor(user, namespace));
  if (missing.length === 0) return;
  const groups = user.groups.map((group) => JSON.stringify(group)).join(' ');
  const why = `user ${JSON.stringify(user.username)} (groups=[${groups}]) is attempting to grant RBAC permissions not currently held:\n${missing.map(formatRule).join('\n')}`;
  throw forbiddenResource(definition, name, why);
}
