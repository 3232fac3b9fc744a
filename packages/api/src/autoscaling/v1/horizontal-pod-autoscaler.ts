/**
 * HorizontalPodAutoscaler, autoscaling/v1: an older view of what autoscaling/v2 stores. The cpu target has its own field;
 * other metrics, behaviour and conditions travel in annotations.
 */
import type { KubernetesObject } from '@mkube/apimachinery';
import { defined } from '../../defined.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { HorizontalPodAutoscaler as Old } from '../../generated/types/autoscaling-v1.ts';
import type { HorizontalPodAutoscaler, MetricSpec, MetricStatus } from '../../generated/types/autoscaling-v2.ts';
import { schemaOf } from '../../schema.ts';
import { metricsOf, oldMetricsOf } from './metrics.ts';
import { hpaCells } from '../v2/cells.ts';
import { horizontalPodAutoscalers, validateReplicas, validateSpec } from '../v2/horizontal-pod-autoscaler.ts';

export const horizontalPodAutoscalersV1 = defineResource<Old>(facts.autoscaling.v1.HorizontalPodAutoscaler, {
  storagePrefix: horizontalPodAutoscalers.storagePrefix,
  storage: {
    definition: horizontalPodAutoscalers,
    toStorage: storedOf,
    fromStorage: (object: KubernetesObject) => oldOf(object as HorizontalPodAutoscaler),
  },
  validate: (hpa) => validateSpec(storedOf(hpa).spec),
  validateStatus: ({ status }) => validateReplicas(status),
  cells: (hpa, now) => hpaCells(storedOf(hpa), now),
});

const METRICS = 'autoscaling.alpha.kubernetes.io/metrics';
const CURRENT = 'autoscaling.alpha.kubernetes.io/current-metrics';
const BEHAVIOR = 'autoscaling.alpha.kubernetes.io/behavior';
const CONDITIONS = 'autoscaling.alpha.kubernetes.io/conditions';

type Percent = number | undefined;

const cpuSpec = (percent: number): MetricSpec => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: percent } },
});
const cpuStatus = (percent: number): MetricStatus =>
  ({ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: percent } } }) as MetricStatus;

const isCpu = (metric: MetricSpec | MetricStatus): boolean =>
  metric.type === 'Resource' && metric.resource?.name === 'cpu';

/** A list or object in an annotation; what does not parse is as if it were not there. */
function annotation(hpa: Old, name: string): unknown {
  const text = hpa.metadata.annotations?.[name];
  if (!text) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const listOf = <T>(value: unknown): T[] => (Array.isArray(value) ? (value as T[]) : []);

function storedOf(hpa: Old): HorizontalPodAutoscaler {
  const { annotations = {}, ...metadata } = hpa.metadata;
  const kept = Object.entries(annotations).filter(([key]) => ![METRICS, CURRENT, BEHAVIOR, CONDITIONS].includes(key));
  const { targetCPUUtilizationPercentage: target, ...spec } = hpa.spec ?? {};
  const { currentCPUUtilizationPercentage: current, ...status } = hpa.status ?? {};
  const metrics = [
    ...(target === undefined ? [] : [cpuSpec(target)]),
    ...metricsOf(annotation(hpa, METRICS), 'target'),
  ];
  const measured = [
    ...(current === undefined ? [] : [cpuStatus(current)]),
    ...metricsOf(annotation(hpa, CURRENT), 'current'),
  ];
  const schema = schemaOf('io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler');
  const object = schema.decode({
    kind: 'HorizontalPodAutoscaler',
    apiVersion: 'autoscaling/v2',
    metadata: { ...metadata, ...(kept.length > 0 && { annotations: Object.fromEntries(kept) }) },
    spec: defined({ ...spec, metrics, behavior: annotation(hpa, BEHAVIOR) }),
    status: { ...status, currentMetrics: measured, conditions: listOf(annotation(hpa, CONDITIONS)) },
  }).object;
  return schema.applyDefaults(object) as unknown as HorizontalPodAutoscaler;
}

function oldOf(hpa: HorizontalPodAutoscaler): Old {
  const { metrics = [], behavior, ...spec } = hpa.spec ?? {};
  const { currentMetrics = [], conditions = [], ...status } = hpa.status ?? {};
  const target: Percent = metrics.find(isCpu)?.resource?.target.averageUtilization;
  const current: Percent = (currentMetrics ?? []).find(isCpu)?.resource?.current.averageUtilization;
  const others = metrics.filter((m) => !(isCpu(m) && target !== undefined));
  const measured = (currentMetrics ?? []).filter((m) => !(isCpu(m) && current !== undefined));
  const annotations = {
    ...hpa.metadata.annotations,
    ...(others.length > 0 && { [METRICS]: JSON.stringify(oldMetricsOf(others, 'target')) }),
    ...(measured.length > 0 && { [CURRENT]: JSON.stringify(oldMetricsOf(measured, 'current')) }),
    ...(behavior && { [BEHAVIOR]: JSON.stringify(behavior) }),
    ...(conditions.length > 0 && { [CONDITIONS]: JSON.stringify(conditions) }),
  };
  return schemaOf('io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler').decode({
    kind: 'HorizontalPodAutoscaler',
    apiVersion: 'autoscaling/v1',
    metadata: { ...hpa.metadata, annotations },
    spec: defined({ ...spec, targetCPUUtilizationPercentage: target }),
    status: defined({ ...status, currentCPUUtilizationPercentage: current }),
  }).object as unknown as Old;
}
