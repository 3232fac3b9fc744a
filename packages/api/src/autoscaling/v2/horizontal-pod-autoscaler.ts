/** HorizontalPodAutoscaler, autoscaling/v2: what the facts do not hold. The stored form of both versions. */
import { type FieldError, forbidden, invalid, notSupported, required } from '@mkube/apimachinery';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type {
  HPAScalingRules,
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerSpec,
} from '../../generated/types/autoscaling-v2.ts';
import { each } from '../../validation/checks.ts';
import { nonNegativeCounts } from '../../validation/status.ts';
import { hpaCells } from './cells.ts';
import { validateMetric, validateReference } from './metrics.ts';

export const horizontalPodAutoscalers = defineResource<HorizontalPodAutoscaler>(
  facts.autoscaling.v2.HorizontalPodAutoscaler,
  {
    validate: ({ spec }) => validateSpec(spec),
    validateStatus: ({ status }) => validateReplicas(status),
    cells: hpaCells,
  },
);

/** Both versions count alike. */
export const validateReplicas = (
  status: { currentReplicas?: number; desiredReplicas?: number } | undefined,
): FieldError[] => nonNegativeCounts(status, ['currentReplicas', 'desiredReplicas']);

export function validateSpec(spec: HorizontalPodAutoscalerSpec | undefined): FieldError[] {
  if (!spec) return [];
  const { minReplicas, maxReplicas, scaleTargetRef: ref } = spec;
  const faults: FieldError[] = [];
  if (minReplicas !== undefined && minReplicas < 1)
    faults.push(invalid('spec.minReplicas', minReplicas, 'must be greater than or equal to 1'));
  if (maxReplicas < 1) faults.push(invalid('spec.maxReplicas', maxReplicas, 'must be greater than 0'));
  if (minReplicas !== undefined && maxReplicas < minReplicas)
    faults.push(invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`'));
  faults.push(...validateReference(ref, 'spec.scaleTargetRef', { core: ref?.kind === 'ReplicationController' }));
  const scalesFromZero = spec.metrics?.some(({ object, external }) => object ?? external);
  if (minReplicas === 0 && !scalesFromZero) faults.push(forbidden('spec.metrics', FROM_ZERO));
  return [
    ...faults,
    ...each(spec.metrics, 'spec.metrics', validateMetric),
    ...validateRules(spec.behavior?.scaleUp, 'spec.behavior.scaleUp'),
    ...validateRules(spec.behavior?.scaleDown, 'spec.behavior.scaleDown'),
  ];
}

const FROM_ZERO = 'must specify at least one Object or External metric to support scaling to zero replicas';

const SELECT_POLICIES = ['Disabled', 'Max', 'Min'];
const POLICY_TYPES = ['Percent', 'Pods'];

function validateRules(rules: HPAScalingRules | undefined, at: string): FieldError[] {
  if (!rules) return [];
  const faults: FieldError[] = [];
  const window = rules.stabilizationWindowSeconds;
  if (window !== undefined && window < 0)
    faults.push(invalid(`${at}.stabilizationWindowSeconds`, window, 'must be greater than or equal to zero'));
  if (window !== undefined && window > 3600)
    faults.push(invalid(`${at}.stabilizationWindowSeconds`, window, 'must be less than or equal to 3600'));
  if (rules.selectPolicy !== undefined && !SELECT_POLICIES.includes(rules.selectPolicy))
    faults.push(notSupported(`${at}.selectPolicy`, rules.selectPolicy, SELECT_POLICIES));
  if ((rules.policies ?? []).length === 0) faults.push(required(`${at}.policies`, 'must specify at least one Policy'));
  return [
    ...faults,
    ...each(rules.policies, `${at}.policies`, (policy, place) => [
      ...(POLICY_TYPES.includes(policy.type) ? [] : [notSupported(`${place}.type`, policy.type, POLICY_TYPES)]),
      ...(policy.value <= 0 ? [invalid(`${place}.value`, policy.value, 'must be greater than zero')] : []),
      ...(policy.periodSeconds <= 0
        ? [invalid(`${place}.periodSeconds`, policy.periodSeconds, 'must be greater than zero')]
        : []),
      ...(policy.periodSeconds > 1800
        ? [invalid(`${place}.periodSeconds`, policy.periodSeconds, 'must be less than or equal to 1800')]
        : []),
    ]),
  ];
}
