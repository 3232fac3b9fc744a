/** /metrics/resource: what metrics servers scrape, in the names and labels of the kubelet's stable metrics. Pure. */
import { formatFamilies, type MetricFamily, type MetricSample } from '@mkube/apimachinery';
import type { ContainerUsage, NodeUsage, PodUsage } from './usage.ts';

export function resourceMetricsOf(node: NodeUsage, pods: readonly PodUsage[]): string {
  const containers = (of: (usage: ContainerUsage) => number, timed = true): MetricSample[] =>
    pods.flatMap((pod) =>
      pod.containers.map((usage) => ({
        labels: { container: usage.name, namespace: pod.namespace, pod: pod.name },
        value: of(usage),
        ...(timed && { at: usage.stats.timestamp }),
      })),
    );
  const each = (of: (pod: PodUsage) => number): MetricSample[] =>
    pods
      .filter((pod) => pod.containers.length > 0)
      .map((pod) => ({ labels: { namespace: pod.namespace, pod: pod.name }, value: of(pod), at: node.at }));
  const families: MetricFamily[] = [
    counter(
      'container_cpu_usage_seconds_total',
      'Cumulative cpu time consumed by the container in core-seconds',
      containers(cpuOf),
    ),
    gauge(
      'container_memory_working_set_bytes',
      'Current working set of the container in bytes',
      containers(({ stats }) => stats.memoryWorkingSetBytes),
    ),
    gauge(
      'container_start_time_seconds',
      'Start time of the container since unix epoch in seconds',
      containers(({ startedAt }) => startedAt.getTime() / 1000, false),
    ),
    gauge(
      'container_swap_usage_bytes',
      'Current amount of the container swap usage in bytes. Reported only on non-windows systems',
      containers(({ memory }) => memory?.swapBytes ?? 0),
    ),
    counter('node_cpu_usage_seconds_total', 'Cumulative cpu time consumed by the node in core-seconds', [
      { value: node.cpuNanoseconds / 1e9, at: node.at },
    ]),
    gauge('node_memory_working_set_bytes', 'Current working set of the node in bytes', [
      { value: node.memoryWorkingSetBytes, at: node.at },
    ]),
    gauge('node_swap_usage_bytes', 'Current swap usage of the node in bytes. Reported only on non-windows systems', [
      { value: node.swapUsageBytes, at: node.at },
    ]),
    counter(
      'pod_cpu_usage_seconds_total',
      'Cumulative cpu time consumed by the pod in core-seconds',
      each((pod) => sum(pod, cpuOf)),
    ),
    gauge(
      'pod_memory_working_set_bytes',
      'Current working set of the pod in bytes',
      each((pod) => sum(pod, ({ stats }) => stats.memoryWorkingSetBytes)),
    ),
    gauge(
      'pod_swap_usage_bytes',
      'Current amount of the pod swap usage in bytes. Reported only on non-windows systems',
      each((pod) => sum(pod, ({ memory }) => memory?.swapBytes ?? 0)),
    ),
    gauge('resource_scrape_error', '1 if there was an error while getting container metrics, 0 otherwise', [
      { value: 0 },
    ]),
  ];
  return formatFamilies(families);
}

const cpuOf = ({ stats }: ContainerUsage): number => Number(stats.cpuNanoseconds) / 1e9;

const sum = ({ containers }: PodUsage, of: (usage: ContainerUsage) => number): number =>
  containers.reduce((total, usage) => total + of(usage), 0);

const counter = (name: string, help: string, samples: MetricSample[]): MetricFamily => ({
  name,
  help,
  type: 'counter',
  samples,
});
const gauge = (name: string, help: string, samples: MetricSample[]): MetricFamily => ({
  name,
  help,
  type: 'gauge',
  samples,
});
