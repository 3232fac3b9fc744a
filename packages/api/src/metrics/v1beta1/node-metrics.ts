/** NodeMetrics, metrics.k8s.io/v1beta1: what the facts do not hold. Never stored: the server makes it of what kubelets say. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { NodeMetrics } from '../../generated/types/metrics-v1beta1.ts';
import { METRICS_COLUMNS, metricsCells } from './cells.ts';

export const nodeMetrics = defineResource<NodeMetrics>(facts.metrics.v1beta1.NodeMetrics, {
  storagePrefix: 'metrics.k8s.io/nodes',
  columns: METRICS_COLUMNS,
  cells: (metrics) => metricsCells(metrics, [metrics.usage]),
});
