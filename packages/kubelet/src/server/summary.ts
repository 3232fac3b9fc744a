/** The two shapes of usage: the Summary document and the Prometheus text. Pure. */
import { formatTime } from '@mkube/apimachinery';
import type { ContainerUsage, NodeUsage, PodUsage } from './stats.ts';
import type { StorageStats } from './storage-stats.ts';

export function summaryOf(
  nodeName: string,
  node: NodeUsage,
  { pods, storage }: { pods: readonly PodUsage[]; storage: StorageStats },
): object {
  return {
    node: {
      nodeName,
      startTime: formatTime(node.bootedAt),
      cpu: { time: formatTime(node.at), usageCoreNanoSeconds: Math.round(node.cpuNanoseconds) },
      memory: {
        time: formatTime(node.at),
        usageBytes: node.memoryUsageBytes,
        workingSetBytes: node.memoryWorkingSetBytes,
        availableBytes: node.memoryAvailableBytes,
      },
      ...storage.node,
    },
    pods: pods.map(({ namespace, name, uid, startTime, containers }) => ({
      podRef: { name, namespace, uid },
      startTime,
      containers: containers.map((usage) => ({
        ...containerSummary(usage),
        ...storage.pods.get(uid)?.containers.get(usage.name),
      })),
      ...podTotals(containers),
      ...storage.pods.get(uid)?.pod,
    })),
  };
}

const containerSummary = ({ name, startedAt, stats }: ContainerUsage): object => ({
  name,
  startTime: formatTime(startedAt),
  cpu: { time: formatTime(stats.timestamp), usageCoreNanoSeconds: Number(stats.cpuNanoseconds) },
  memory: {
    time: formatTime(stats.timestamp),
    usageBytes: stats.memoryUsageBytes,
    workingSetBytes: stats.memoryWorkingSetBytes,
  },
});

function podTotals(containers: readonly ContainerUsage[]): object {
  const newest = containers.map(({ stats }) => stats.timestamp).toSorted((a, b) => b.getTime() - a.getTime())[0];
  if (!newest) return {};
  const sum = (of: (usage: ContainerUsage) => number): number =>
    containers.reduce((total, usage) => total + of(usage), 0);
  return {
    cpu: { time: formatTime(newest), usageCoreNanoSeconds: sum(({ stats }) => Number(stats.cpuNanoseconds)) },
    memory: {
      time: formatTime(newest),
      usageBytes: sum(({ stats }) => stats.memoryUsageBytes),
      workingSetBytes: sum(({ stats }) => stats.memoryWorkingSetBytes),
    },
  };
}

export function resourceMetricsOf(node: NodeUsage, pods: readonly PodUsage[]): string {
  const each = (line: (pod: PodUsage, container: ContainerUsage) => string): string[] =>
    pods.flatMap((pod) => pod.containers.map((container) => line(pod, container)));
  const labels = (pod: PodUsage, { name }: ContainerUsage): string =>
    `{container="${name}",namespace="${pod.namespace}",pod="${pod.name}"}`;
  const cpu = ({ stats }: ContainerUsage): number => Number(stats.cpuNanoseconds) / 1e9;
  const families: [name: string, type: string, help: string, lines: string[]][] = [
    [
      'container_cpu_usage_seconds_total',
      'counter',
      'Cumulative cpu time consumed by the container in core-seconds',
      each((pod, c) => `${labels(pod, c)} ${cpu(c)} ${c.stats.timestamp.getTime()}`),
    ],
    [
      'container_memory_working_set_bytes',
      'gauge',
      'Current working set of the container in bytes',
      each((pod, c) => `${labels(pod, c)} ${c.stats.memoryWorkingSetBytes} ${c.stats.timestamp.getTime()}`),
    ],
    [
      'container_start_time_seconds',
      'gauge',
      'Start time of the container since unix epoch in seconds',
      each((pod, c) => `${labels(pod, c)} ${c.startedAt.getTime() / 1000}`),
    ],
    [
      'node_cpu_usage_seconds_total',
      'counter',
      'Cumulative cpu time consumed by the node in core-seconds',
      [` ${node.cpuNanoseconds / 1e9} ${node.at.getTime()}`],
    ],
    [
      'node_memory_working_set_bytes',
      'gauge',
      'Current working set of the node in bytes',
      [` ${node.memoryWorkingSetBytes} ${node.at.getTime()}`],
    ],
  ];
  return families
    .map(([name, type, help, lines]) =>
      [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines.map((line) => `${name}${line}`), ''].join('\n'),
    )
    .join('');
}
