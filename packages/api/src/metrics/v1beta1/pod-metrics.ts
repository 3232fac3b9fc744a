/** PodMetrics, metrics.k8s.io/v1beta1: what the facts do not hold. Never stored: the server makes it of what kubelets say. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { PodMetrics } from '../../generated/types/metrics-v1beta1.ts';
import { METRICS_COLUMNS, metricsCells } from './cells.ts';

export const podMetrics = defineResource<PodMetrics>(facts.metrics.v1beta1.PodMetrics, {
  storagePrefix: 'metrics.k8s.io/pods',
  columns: METRICS_COLUMNS,
  cells: (metrics) =>
    metricsCells(
      metrics,
      metrics.containers.map(({ usage }) => usage),
    ),
});
