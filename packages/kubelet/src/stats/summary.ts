/**
 * /stats/summary: the kubelet's v1alpha1.Summary of node, pods, containers, volumes and networks.
 * Pure: `rates` has what each counter grew by per second, where two readings have been had.
 */
import { formatTime } from '@mkube/apimachinery';
import type { FsUsage } from './file-systems.ts';
import { defaultInterface, type InterfaceUsage } from './network.ts';
import type { Rates } from './rates.ts';
import type { ContainerUsage, NodeUsage, PodUsage } from './usage.ts';
import type { Pressure, Pressures } from './pressure.ts';
import type { VolumeUsage } from './volumes.ts';

export interface SummaryInput {
  nodeName: string;
  node: NodeUsage;
  pods: readonly PodUsage[];
  kubelet: { startedAt: Date; cpuNanoseconds: number; memoryBytes: number };
  rates: Rates;
  /** `?only_cpu_and_memory=true`: what metrics servers read. */
  onlyCpuAndMemory: boolean;
}

export function summaryOf(input: SummaryInput): object {
  return { node: nodeSummary(input), pods: input.pods.map((pod) => podSummary(input, pod)) };
}

function nodeSummary({ nodeName, node, pods, kubelet, rates, onlyCpuAndMemory }: SummaryInput): object {
  const { at, bootedAt, pressure } = node;
  const time = formatTime(at);
  const own = {
    name: 'kubelet',
    startTime: formatTime(kubelet.startedAt),
    cpu: cpuOf(time, kubelet.cpuNanoseconds, rates.of('kubelet', at, kubelet.cpuNanoseconds)),
    memory: {
      time,
      usageBytes: kubelet.memoryBytes,
      workingSetBytes: kubelet.memoryBytes,
      rssBytes: kubelet.memoryBytes,
    },
  };
  const all = totalsOf(pods.flatMap(({ containers }) => containers));
  const podsContainer = {
    name: 'pods',
    startTime: formatTime(bootedAt),
    cpu: cpuOf(time, all.cpu, rates.of('pods', at, all.cpu)),
    memory: { time, availableBytes: node.memoryAvailableBytes, usageBytes: all.usage, workingSetBytes: all.workingSet },
  };
  return {
    nodeName,
    systemContainers: [own, podsContainer],
    startTime: formatTime(bootedAt),
    cpu: { ...cpuOf(time, node.cpuNanoseconds, rates.of('node', at, node.cpuNanoseconds)), ...psiOf(pressure.cpu) },
    memory: {
      time,
      availableBytes: node.memoryAvailableBytes,
      usageBytes: node.memoryUsageBytes,
      workingSetBytes: node.memoryWorkingSetBytes,
      rssBytes: node.memoryWorkingSetBytes,
      ...psiOf(pressure.memory),
    },
    ...ioOf(time, pressure),
    ...(!onlyCpuAndMemory && {
      ...networkOf(time, node.interfaces),
      ...(node.fs && { fs: fsOf(time, node.fs) }),
      ...(node.imageFs && {
        runtime: {
          imageFs: { ...fsOf(time, node.imageFs), usedBytes: node.imageFs.imageBytes },
          containerFs: fsOf(time, node.imageFs),
        },
      }),
      rlimit: { time, maxpid: node.mostProcesses, curproc: node.processes },
    }),
    swap: {
      time,
      swapAvailableBytes: node.swapTotalBytes - node.swapUsageBytes,
      swapUsageBytes: node.swapUsageBytes,
    },
  };
}

function podSummary(input: SummaryInput, pod: PodUsage): object {
  const { rates, node, onlyCpuAndMemory } = input;
  const { namespace, name, uid, containers, pressure } = pod;
  const time = formatTime(newest(containers) ?? node.at);
  const total = totalsOf(containers);
  const limits = containers.map(({ memoryLimitBytes }) => memoryLimitBytes);
  const limit = limits.every((one) => one !== undefined) ? limits.reduce((sum, one) => sum + one, 0) : undefined;
  return {
    podRef: { name, namespace, uid },
    startTime: pod.startTime,
    containers: containers.map((container) => containerSummary(input, container)),
    ...(containers.length > 0 && {
      cpu: { ...cpuOf(time, total.cpu, rates.of(`pod ${uid}`, node.at, total.cpu)), ...psiOf(pressure.cpu) },
      memory: {
        time,
        ...(limit !== undefined && { availableBytes: Math.max(0, limit - total.workingSet) }),
        usageBytes: total.usage,
        workingSetBytes: total.workingSet,
        rssBytes: total.rss,
        pageFaults: total.pageFaults,
        majorPageFaults: total.majorPageFaults,
        ...psiOf(pressure.memory),
      },
      ...ioOf(time, pressure),
      swap: { time, swapUsageBytes: total.swap },
    }),
    ...(!onlyCpuAndMemory && {
      ...networkOf(time, pod.interfaces),
      ...(pod.volumes.length > 0 && { volume: pod.volumes.map((volume) => volumeSummary(time, volume, pod)) }),
      ...ephemeralStorageOf(time, pod, node),
      process_stats: { process_count: containers.reduce((sum, { stats }) => sum + (stats.processes ?? 0), 0) },
    }),
  };
}

function containerSummary({ rates, node, onlyCpuAndMemory }: SummaryInput, container: ContainerUsage): object {
  const { name, id, startedAt, stats, memory, memoryLimitBytes, logs, pressure } = container;
  const time = formatTime(stats.timestamp);
  const cpu = Number(stats.cpuNanoseconds);
  const room = node.imageFs ?? node.fs;
  return {
    name,
    startTime: formatTime(startedAt),
    cpu: { ...cpuOf(time, cpu, rates.of(`container ${id}`, stats.timestamp, cpu)), ...psiOf(pressure.cpu) },
    memory: {
      time,
      ...(memoryLimitBytes !== undefined && {
        availableBytes: Math.max(0, memoryLimitBytes - stats.memoryWorkingSetBytes),
      }),
      usageBytes: stats.memoryUsageBytes,
      workingSetBytes: stats.memoryWorkingSetBytes,
      ...(memory && {
        rssBytes: memory.rssBytes,
        pageFaults: memory.pageFaults,
        majorPageFaults: memory.majorPageFaults,
      }),
      ...psiOf(pressure.memory),
    },
    ...ioOf(time, pressure),
    ...(!onlyCpuAndMemory && {
      ...(room && {
        rootfs: { ...fsOf(time, room), usedBytes: stats.rootfsUsedBytes ?? 0, inodesUsed: stats.rootfsInodesUsed ?? 0 },
      }),
      ...(node.fs && logs && { logs: { ...fsOf(time, node.fs), usedBytes: logs.bytes, inodesUsed: logs.inodes } }),
    }),
    ...(memory && { swap: { time, swapUsageBytes: memory.swapBytes } }),
  };
}

function volumeSummary(time: string, volume: VolumeUsage, { namespace }: PodUsage): object {
  const { name, claim, inMemory: _inMemory, ...room } = volume;
  return { ...fsOf(time, room), name, ...(claim !== undefined && { pvcRef: { name: claim, namespace } }) };
}

function ephemeralStorageOf(time: string, pod: PodUsage, node: NodeUsage): object {
  if (!node.fs) return {};
  const volumes = pod.volumes.filter(({ inMemory }) => !inMemory);
  const sum = (numbers: number[]): number => numbers.reduce((total, one) => total + one, 0);
  const bytes = pod.containers.map(({ stats, logs }) => (stats.rootfsUsedBytes ?? 0) + (logs?.bytes ?? 0));
  const inodes = pod.containers.map(({ stats, logs }) => (stats.rootfsInodesUsed ?? 0) + (logs?.inodes ?? 0));
  return {
    'ephemeral-storage': {
      ...fsOf(time, node.fs),
      usedBytes: sum([...bytes, ...volumes.map(({ usedBytes }) => usedBytes)]),
      inodesUsed: sum([...inodes, ...volumes.map(({ inodesUsed }) => inodesUsed)]),
    },
  };
}

const cpuOf = (time: string, nanoseconds: number, rate: number | undefined): object => ({
  time,
  ...(rate !== undefined && { usageNanoCores: Math.round(rate) }),
  usageCoreNanoSeconds: Math.round(nanoseconds),
});

const psiOf = (psi: Pressure | undefined): object => (psi ? { psi } : {});

const ioOf = (time: string, { io }: Pressures): object => (io ? { io: { time, psi: io } } : {});

const fsOf = (time: string, usage: FsUsage): object => {
  const { availableBytes, capacityBytes, usedBytes, inodesFree, inodes, inodesUsed } = usage;
  return { time, availableBytes, capacityBytes, usedBytes, inodesFree, inodes, inodesUsed };
};

function networkOf(time: string, interfaces: readonly InterfaceUsage[]): object {
  const first = defaultInterface(interfaces);
  if (!first) return {};
  const shown = ({ name, rxBytes, rxErrors, txBytes, txErrors }: InterfaceUsage): object => ({
    name,
    rxBytes,
    rxErrors,
    txBytes,
    txErrors,
  });
  return { network: { time, ...shown(first), interfaces: interfaces.map(shown) } };
}

const newest = (containers: readonly ContainerUsage[]): Date | undefined =>
  containers.map(({ stats }) => stats.timestamp).toSorted((a, b) => b.getTime() - a.getTime())[0];

function totalsOf(containers: readonly ContainerUsage[]) {
  const sum = (of: (usage: ContainerUsage) => number): number =>
    containers.reduce((total, usage) => total + of(usage), 0);
  return {
    cpu: sum(({ stats }) => Number(stats.cpuNanoseconds)),
    usage: sum(({ stats }) => stats.memoryUsageBytes),
    workingSet: sum(({ stats }) => stats.memoryWorkingSetBytes),
    rss: sum(({ memory }) => memory?.rssBytes ?? 0),
    swap: sum(({ memory }) => memory?.swapBytes ?? 0),
    pageFaults: sum(({ memory }) => memory?.pageFaults ?? 0),
    majorPageFaults: sum(({ memory }) => memory?.majorPageFaults ?? 0),
  };
}
