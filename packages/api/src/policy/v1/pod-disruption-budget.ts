/** PodDisruptionBudget, policy/v1: what the facts do not hold. */
import { type FieldError, invalid, notSupported, validateLabelSelector } from '@mkube/apimachinery';
import { age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { PodDisruptionBudget, PodDisruptionBudgetSpec } from '../../generated/types/policy-v1.ts';
import { countOrPercent, notAbove100Percent } from '../../validation/checks.ts';
import { validateConditions } from '../../validation/conditions.ts';
import { nonNegativeCounts } from '../../validation/status.ts';

export const podDisruptionBudgets = defineResource<PodDisruptionBudget>(facts.policy.v1.PodDisruptionBudget, {
  finalizerNames: 'qualified',
  nameFormat: 'path',
  validate: ({ spec }) => validateSpec(spec),
  validateStatus: ({ status }) => [
    ...validateConditions(status?.conditions, 'status.conditions'),
    ...nonNegativeCounts(status, ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods']),
  ],
  cells: (budget, now) => [
    budget.metadata.name,
    String(budget.spec?.minAvailable ?? 'N/A'),
    String(budget.spec?.maxUnavailable ?? 'N/A'),
    budget.status?.disruptionsAllowed ?? 0,
    age(budget, now),
  ],
});

const EVICTION_POLICIES = ['AlwaysAllow', 'IfHealthyBudget'];

function validateSpec(spec: PodDisruptionBudgetSpec | undefined): FieldError[] {
  if (!spec) return [];
  const { minAvailable, maxUnavailable, unhealthyPodEvictionPolicy: policy } = spec;
  return [
    ...(minAvailable !== undefined && maxUnavailable !== undefined
      ? [invalid('spec', spec, 'minAvailable and maxUnavailable cannot be both set')]
      : []),
    ...countOrPercent('spec.minAvailable', minAvailable),
    ...notAbove100Percent('spec.minAvailable', minAvailable),
    ...countOrPercent('spec.maxUnavailable', maxUnavailable),
    ...notAbove100Percent('spec.maxUnavailable', maxUnavailable),
    ...validateLabelSelector(spec.selector, 'spec.selector'),
    ...(policy !== undefined && !EVICTION_POLICIES.includes(policy)
      ? [notSupported('spec.unhealthyPodEvictionPolicy', policy, EVICTION_POLICIES)]
      : []),
  ];
}
