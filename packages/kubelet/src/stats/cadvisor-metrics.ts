/** /metrics/cadvisor: the container_* and machine_* series that dashboards are made of, with cAdvisor's names and labels. Pure. */
import { formatFamilies, type MetricFamily, type MetricSample } from '@mkube/apimachinery';
import type { InterfaceUsage } from './network.ts';
import type { Pressures } from './pressure.ts';
import type { ContainerUsage, NodeUsage, PodUsage } from './usage.ts';

export interface CadvisorInput {
  node: NodeUsage;
  pods: readonly PodUsage[];
  cpus: number;
  version: string;
  kernelVersion: string;
  osVersion: string;
}

type OfContainer = (usage: ContainerUsage) => number | undefined;
type Row = [name: string, type: 'counter' | 'gauge', help: string, of: OfContainer];

const CONTAINER: readonly Row[] = [
  [
    'container_cpu_usage_seconds_total',
    'counter',
    'Cumulative cpu time consumed in seconds.',
    ({ stats }) => Number(stats.cpuNanoseconds) / 1e9,
  ],
  [
    'container_memory_usage_bytes',
    'gauge',
    'Current memory usage in bytes, including all memory regardless of when it was accessed',
    ({ stats }) => stats.memoryUsageBytes,
  ],
  [
    'container_memory_working_set_bytes',
    'gauge',
    'Current working set in bytes.',
    ({ stats }) => stats.memoryWorkingSetBytes,
  ],
  ['container_memory_rss', 'gauge', 'Size of RSS in bytes.', ({ memory }) => memory?.rssBytes],
  ['container_memory_cache', 'gauge', 'Number of bytes of page cache memory.', ({ memory }) => memory?.cacheBytes],
  ['container_memory_swap', 'gauge', 'Container swap usage in bytes.', ({ memory }) => memory?.swapBytes],
  [
    'container_spec_memory_limit_bytes',
    'gauge',
    'Memory limit for the container.',
    ({ memoryLimitBytes }) => memoryLimitBytes ?? 0,
  ],
  [
    'container_start_time_seconds',
    'gauge',
    'Start time of the container since unix epoch in seconds.',
    ({ startedAt }) => Math.floor(startedAt.getTime() / 1000),
  ],
  [
    'container_last_seen',
    'gauge',
    'Last time a container was seen by the exporter',
    ({ stats }) => Math.floor(stats.timestamp.getTime() / 1000),
  ],
  ['container_processes', 'gauge', 'Number of processes running inside the container.', ({ stats }) => stats.processes],
  [
    'container_fs_usage_bytes',
    'gauge',
    'Number of bytes that are consumed by the container on this filesystem.',
    ({ stats }) => stats.rootfsUsedBytes,
  ],
  ['container_fs_inodes_total', 'gauge', 'Number of Inodes', ({ stats }) => stats.rootfsInodesUsed],
];

/** Kernels tell microseconds. */
const PRESSURE: readonly Row[] = [
  ['cpu', 'CPU'] as const,
  ['memory', 'memory'] as const,
  ['io', 'IO'] as const,
].flatMap(([resource, name]): Row[] => [
  [
    `container_pressure_${resource}_stalled_seconds_total`,
    'counter',
    `Seconds in which every task of the container waited for ${name}.`,
    ({ pressure }) => secondsOf(pressure, resource, 'full'),
  ],
  [
    `container_pressure_${resource}_waiting_seconds_total`,
    'counter',
    `Seconds in which some task of the container waited for ${name}.`,
    ({ pressure }) => secondsOf(pressure, resource, 'some'),
  ],
]);

function secondsOf(pressure: Pressures, resource: keyof Pressures, kind: 'full' | 'some'): number | undefined {
  const told = pressure[resource];
  return told && told[kind].total / 1e6;
}

type OfInterface = (usage: InterfaceUsage) => number;
const NETWORK: readonly [name: string, help: string, of: OfInterface][] = [
  ['container_network_receive_bytes_total', 'Cumulative count of bytes received', (i) => i.rxBytes],
  ['container_network_receive_packets_total', 'Cumulative count of packets received', (i) => i.rxPackets],
  [
    'container_network_receive_packets_dropped_total',
    'Cumulative count of packets dropped while receiving',
    (i) => i.rxDropped,
  ],
  [
    'container_network_receive_errors_total',
    'Cumulative count of errors encountered while receiving',
    (i) => i.rxErrors,
  ],
  ['container_network_transmit_bytes_total', 'Cumulative count of bytes transmitted', (i) => i.txBytes],
  ['container_network_transmit_packets_total', 'Cumulative count of packets transmitted', (i) => i.txPackets],
  [
    'container_network_transmit_packets_dropped_total',
    'Cumulative count of packets dropped while transmitting',
    (i) => i.txDropped,
  ],
  [
    'container_network_transmit_errors_total',
    'Cumulative count of errors encountered while transmitting',
    (i) => i.txErrors,
  ],
];

export function cadvisorMetricsOf(input: CadvisorInput): string {
  const { node, pods, cpus } = input;
  const versions = {
    cadvisorVersion: '',
    dockerVersion: '',
    kernelVersion: input.kernelVersion,
    osVersion: input.osVersion,
  };
  const machine = (name: string, help: string, value: number): MetricFamily => ({
    name,
    help,
    type: 'gauge',
    samples: [{ value }],
  });
  return formatFamilies([
    {
      name: 'cadvisor_version_info',
      help: 'A metric with a constant 1 value labeled by kernel version, OS version, docker version, cadvisor version & cadvisor revision.',
      type: 'gauge',
      samples: [{ labels: { cadvisorRevision: input.version, ...versions }, value: 1 }],
    },
    ...[...CONTAINER, ...PRESSURE].map(([name, type, help, of]): MetricFamily => ({
      name,
      type,
      help,
      samples: ofContainers(pods, of),
    })),
    ...NETWORK.map(([name, help, of]): MetricFamily => ({
      name,
      help,
      type: 'counter',
      samples: ofInterfaces(pods, node, of),
    })),
    machine('machine_cpu_cores', 'Number of logical CPU cores.', cpus),
    machine('machine_memory_bytes', 'Amount of memory installed on the machine.', node.memoryTotalBytes),
  ]);
}

const ofContainers = (pods: readonly PodUsage[], of: OfContainer): MetricSample[] =>
  pods.flatMap(({ namespace, name: pod, uid, containers }) =>
    containers.flatMap((usage): MetricSample[] => {
      const value = of(usage);
      if (value === undefined) return [];
      const { name: container, id, image, stats } = usage;
      return [
        {
          labels: { container, id: `/kubepods/pod${uid}/${id}`, image, name: id, namespace, pod },
          value,
          at: stats.timestamp,
        },
      ];
    }),
  );

/** A pod's network is its sandbox': the labels name no container. */
const ofInterfaces = (pods: readonly PodUsage[], { at }: NodeUsage, of: OfInterface): MetricSample[] =>
  pods.flatMap(({ namespace, name: pod, uid, interfaces }) =>
    interfaces.map((usage) => ({
      labels: { container: '', id: `/kubepods/pod${uid}`, image: '', interface: usage.name, name: '', namespace, pod },
      value: of(usage),
      at,
    })),
  );
