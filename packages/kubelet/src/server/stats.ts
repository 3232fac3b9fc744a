/** /stats/summary and /metrics/resource: what node, pods and containers use, as metrics servers read it. */
import fs from 'node:fs/promises';
import os from 'node:os';
import type { ContainerStats, ContainerStatus } from '@mkube/runtime';
import { isRunning } from '../pods/observed.ts';
import type { PodWorker } from '../pods/worker.ts';
import type { ServerDeps } from './deps.ts';

export interface ContainerUsage {
  name: string;
  startedAt: Date;
  stats: ContainerStats;
}

export interface PodUsage {
  namespace: string;
  name: string;
  uid: string;
  startTime: string;
  containers: ContainerUsage[];
}

export async function usageOfPods({ pods, runtime }: ServerDeps): Promise<PodUsage[]> {
  return Promise.all([...pods.workers()].map((worker) => usageOf(worker, (id) => runtime.containerStats(id))));
}

async function usageOf(
  { pod, state }: PodWorker,
  statsOf: (id: string) => Promise<ContainerStats | undefined>,
): Promise<PodUsage> {
  const running = state.observed.containers.filter(isRunning);
  const containers = await Promise.all(running.map((status) => containerUsage(status, statsOf)));
  const { namespace, name, uid, creationTimestamp } = pod.metadata;
  const startTime = pod.status.startTime ?? creationTimestamp;
  return { namespace, name, uid, startTime, containers: containers.filter((usage) => usage !== undefined) };
}

async function containerUsage(
  status: ContainerStatus,
  statsOf: (id: string) => Promise<ContainerStats | undefined>,
): Promise<ContainerUsage | undefined> {
  const stats = await statsOf(status.id).catch(() => undefined);
  return stats && { name: status.name, startedAt: status.startedAt ?? status.createdAt, stats };
}

export interface NodeUsage {
  at: Date;
  cpuNanoseconds: number;
  memoryUsageBytes: number;
  memoryWorkingSetBytes: number;
  memoryAvailableBytes: number;
  bootedAt: Date;
}

/** Of the whole machine, in seconds since it booted. */
export async function usageOfNode(now: Date): Promise<NodeUsage> {
  const meminfo = await fs.readFile('/proc/meminfo', 'utf8').catch(() => '');
  const kibibytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(meminfo)?.[1] ?? 0);
  const total = kibibytes('MemTotal') * 1024 || os.totalmem();
  const available = kibibytes('MemAvailable') * 1024 || os.freemem();
  const busyMs = os.cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
  return {
    at: now,
    cpuNanoseconds: busyMs * 1e6,
    memoryUsageBytes: total - kibibytes('MemFree') * 1024,
    memoryWorkingSetBytes: total - available,
    memoryAvailableBytes: available,
    bootedAt: new Date(now.getTime() - os.uptime() * 1000),
  };
}
