/** ClusterRole, rbac.authorization.k8s.io/v1: what the facts do not hold. */
import { type FieldError, invalid, required, validateLabelSelector } from '@mkube/apimachinery';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { AggregationRule, ClusterRole } from '../../generated/types/rbac-v1.ts';
import { each } from '../../validation/checks.ts';
import { validateRules } from './rules.ts';

export const clusterRoles = defineResource<ClusterRole>(facts.rbac.v1.ClusterRole, {
  nameFormat: 'path',
  validate: ({ rules, aggregationRule }) => [
    ...validateRules(rules, false),
    ...(aggregationRule ? validateAggregation(aggregationRule) : []),
  ],
});

function validateAggregation({ clusterRoleSelectors = [] }: AggregationRule): FieldError[] {
  const at = 'aggregationRule.clusterRoleSelectors';
  if (clusterRoleSelectors.length === 0)
    return [required(at, 'at least one clusterRoleSelector required if aggregationRule is non-nil')];
  return each(clusterRoleSelectors, at, (selector, place) => {
    const faults = validateLabelSelector(selector, place);
    return faults.length > 0 ? [...faults, invalid(place, null, 'invalid label selector.')] : faults;
  });
}
