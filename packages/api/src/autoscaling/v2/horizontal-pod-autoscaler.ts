/** HorizontalPodAutoscaler, autoscaling/v2: what the facts do not hold. The stored form of both versions. */
import { type FieldError, checkPathSegment, compareQuantity, invalid, required } from '@mkube/apimachinery';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type {
  HPAScalingRules,
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerSpec,
  MetricSpec,
  MetricTarget,
} from '../../generated/types/autoscaling-v2.ts';
import { each, format } from '../../validation/checks.ts';
import { hpaCells } from './cells.ts';

export const horizontalPodAutoscalers = defineResource<HorizontalPodAutoscaler>(
  facts.autoscaling.v2.HorizontalPodAutoscaler,
  {
    acts: true,
    validate: ({ spec }) => validateSpec(spec),
    cells: hpaCells,
  },
);

export function validateSpec(spec: HorizontalPodAutoscalerSpec | undefined): FieldError[] {
  if (!spec) return [];
  const { minReplicas, maxReplicas, scaleTargetRef: ref } = spec;
  const faults: FieldError[] = [];
  if (minReplicas !== undefined && minReplicas < 1)
    faults.push(invalid('spec.minReplicas', minReplicas, 'must be greater than or equal to 1'));
  if (maxReplicas < 1) faults.push(invalid('spec.maxReplicas', maxReplicas, 'must be greater than 0'));
  if (minReplicas !== undefined && maxReplicas < minReplicas)
    faults.push(invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`'));
  if (ref?.kind) faults.push(...format('spec.scaleTargetRef.kind', ref.kind, checkPathSegment));
  if (ref?.name) faults.push(...format('spec.scaleTargetRef.name', ref.name, checkPathSegment));
  return [
    ...faults,
    ...each(spec.metrics, 'spec.metrics', validateMetric),
    ...validateRules(spec.behavior?.scaleUp, 'spec.behavior.scaleUp'),
    ...validateRules(spec.behavior?.scaleDown, 'spec.behavior.scaleDown'),
  ];
}

const SOURCES = {
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
  ContainerResource: 'containerResource',
  External: 'external',
} as const;

function validateMetric(metric: MetricSpec, at: string): FieldError[] {
  const expected = (SOURCES as Record<string, (typeof SOURCES)[keyof typeof SOURCES] | undefined>)[metric.type];
  if (!expected) return [];
  const source = metric[expected];
  const others = Object.values(SOURCES).filter((key) => key !== expected && metric[key] !== undefined);
  const faults = others.map((key): FieldError => ({
    type: 'FieldValueForbidden',
    field: `${at}.${key}`,
    message: 'Forbidden: must populate the given metric source only',
  }));
  if (!source)
    return [...faults, required(`${at}.${expected}`, 'must populate information for the given metric source')];
  return [...faults, ...validateTarget(source.target, `${at}.${expected}.target`)];
}

function validateTarget(target: MetricTarget | undefined, at: string): FieldError[] {
  if (!target) return [required(at, 'must specify a metric target')];
  const faults: FieldError[] = [];
  const { averageUtilization, averageValue, value } = target;
  if (averageUtilization !== undefined && averageUtilization < 1)
    faults.push(invalid(`${at}.averageUtilization`, averageUtilization, 'must be greater than 0'));
  if (value !== undefined && compareQuantity(value, 0) <= 0)
    faults.push(invalid(`${at}.value`, value, 'must be positive'));
  if (averageValue !== undefined && compareQuantity(averageValue, 0) <= 0)
    faults.push(invalid(`${at}.averageValue`, averageValue, 'must be positive'));
  if (averageUtilization === undefined && averageValue === undefined && value === undefined)
    faults.push(required(`${at}.averageUtilization`, 'must set either a target raw value or a target utilization'));
  return faults;
}

function validateRules(rules: HPAScalingRules | undefined, at: string): FieldError[] {
  if (!rules) return [];
  const faults: FieldError[] = [];
  const window = rules.stabilizationWindowSeconds;
  if (window !== undefined && window < 0)
    faults.push(invalid(`${at}.stabilizationWindowSeconds`, window, 'must be greater than or equal to zero'));
  if (window !== undefined && window > 3600)
    faults.push(invalid(`${at}.stabilizationWindowSeconds`, window, 'must be less than or equal to 3600'));
  if ((rules.policies ?? []).length === 0) faults.push(required(`${at}.policies`, 'must specify at least one Policy'));
  return [
    ...faults,
    ...each(rules.policies, `${at}.policies`, (policy, place) => [
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
