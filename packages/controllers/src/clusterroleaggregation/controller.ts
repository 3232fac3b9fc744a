/** Fills ClusterRoles that gather others by label (admin, edit, view) with the rules of those. */
import { isDeepStrictEqual } from 'node:util';
import type { ClusterRole, PolicyRule } from '@mkube/api';
import { selectorOf } from '@mkube/apimachinery';
import { type Controller, watch } from '@mkube/client';
import type { ControllerContext } from '../context.ts';
import { ignoreNotFound } from '../owned/claim.ts';

export function clusterRoleAggregationController(context: ControllerContext): Controller {
  const { client } = context;
  const roles = context.informer('clusterRoles');
  const gathering = () => roles.lister.list().filter(({ aggregationRule }) => aggregationRule !== undefined);
  return {
    name: 'clusterrole-aggregation',
    // Any role may be one that others gather.
    watches: [watch(roles, () => gathering().map(({ metadata }) => metadata.name))],
    async reconcile(name, signal) {
      const role = roles.lister.get(name);
      if (!role?.aggregationRule) return;
      const rules = gatheredRules(role, roles.lister.list());
      if (isDeepStrictEqual(rules, role.rules ?? [])) return;
      await client.clusterRoles.update({ ...role, rules }, { signal }).catch(ignoreNotFound);
    },
  };
}

/** In the order of the roles' names, each rule once. */
export function gatheredRules({ metadata, aggregationRule }: ClusterRole, all: readonly ClusterRole[]): PolicyRule[] {
  const selectors = (aggregationRule?.clusterRoleSelectors ?? []).map((selector) => selectorOf(selector));
  const rules: PolicyRule[] = [];
  for (const role of all.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))) {
    if (
      role.metadata.name === metadata.name ||
      !selectors.some((selector) => selector.matches(role.metadata.labels ?? {}))
    )
      continue;
    for (const rule of role.rules ?? []) if (!rules.some((known) => isDeepStrictEqual(known, rule))) rules.push(rule);
  }
  return rules;
}
