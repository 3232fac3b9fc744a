/** What the node, its pods and their containers use: the facts that /stats/summary and the metrics are written from. */
import os from 'node:os';
import fs from 'node:fs/promises';
import { type ContainerStats, type ContainerStatus, diskUsage, type Runtime } from '@mkube/runtime';
import type { Paths } from '../paths.ts';
import { isRunning } from '../pods/observed.ts';
import type { Pods } from '../pods/pods.ts';
import type { PodWorker } from '../pods/worker.ts';
import { type MemoryDetails, memoryDetailsOf } from './cgroup-memory.ts';
import { type FsUsage, fsUsageOf } from './file-systems.ts';
import { type InterfaceUsage, interfacesOf } from './network.ts';
import { type VolumeUsage, volumesOf } from './volumes.ts';

export interface StatsDeps {
  pods: Pods;
  runtime: Runtime;
  paths: Paths;
  rootDir: string;
}

/** Walking folders costs: only a full summary does. */
export interface Depth {
  disk: boolean;
}

export interface ContainerUsage {
  name: string;
  id: string;
  image: string;
  startedAt: Date;
  memoryLimitBytes: number | undefined;
  stats: ContainerStats;
  memory: MemoryDetails | undefined;
  logs: { bytes: number; inodes: number } | undefined;
}

export interface PodUsage {
  namespace: string;
  name: string;
  uid: string;
  startTime: string;
  containers: ContainerUsage[];
  /** Empty on the host's network. */
  interfaces: InterfaceUsage[];
  volumes: VolumeUsage[];
}

export interface NodeUsage {
  at: Date;
  bootedAt: Date;
  cpuNanoseconds: number;
  memoryTotalBytes: number;
  memoryUsageBytes: number;
  memoryWorkingSetBytes: number;
  memoryAvailableBytes: number;
  swapTotalBytes: number;
  swapUsageBytes: number;
  interfaces: InterfaceUsage[];
  fs: FsUsage | undefined;
  imageFs: (FsUsage & { imageBytes: number }) | undefined;
  processes: number;
  mostProcesses: number;
}

export const usageOfPods = (deps: StatsDeps, depth: Depth): Promise<PodUsage[]> =>
  Promise.all([...deps.pods.workers()].map((worker) => usageOf(deps, worker, depth)));

async function usageOf(deps: StatsDeps, { pod, state }: PodWorker, depth: Depth): Promise<PodUsage> {
  const running = state.observed.containers.filter(isRunning);
  const containers = await Promise.all(running.map((status) => containerUsage(deps, status, depth)));
  const pid = running.find((status) => status.pid !== undefined)?.pid;
  const { namespace, name, uid, creationTimestamp } = pod.metadata;
  return {
    namespace,
    name,
    uid,
    startTime: pod.status.startTime ?? creationTimestamp,
    containers: containers.filter((usage) => usage !== undefined),
    interfaces: pid === undefined || pod.spec.hostNetwork ? [] : await interfacesOf(pid),
    volumes: depth.disk ? await volumesOf(deps.paths, pod) : [],
  };
}

async function containerUsage(
  { runtime, paths }: StatsDeps,
  status: ContainerStatus,
  { disk }: Depth,
): Promise<ContainerUsage | undefined> {
  const stats = await runtime.containerStats(status.id, { disk }).catch(() => undefined);
  if (!stats) return undefined;
  return {
    name: status.name,
    id: status.id,
    image: status.image,
    startedAt: status.startedAt ?? status.createdAt,
    memoryLimitBytes: status.resources?.memoryLimit || undefined,
    stats,
    memory: status.pid === undefined ? undefined : await memoryDetailsOf(status.pid),
    logs: disk ? await diskUsage(paths.logsOf(status.logPath)) : undefined,
  };
}

/** Of the whole machine, in seconds since it booted. */
export async function usageOfNode({ runtime, rootDir }: StatsDeps, now: Date, { disk }: Depth): Promise<NodeUsage> {
  const [meminfo, loadavg, pidMax, nodeFs, images] = await Promise.all([
    readText('/proc/meminfo'),
    readText('/proc/loadavg'),
    readText('/proc/sys/kernel/pid_max'),
    disk ? fsUsageOf(rootDir) : undefined,
    disk ? runtime.imageFsInfo().catch(() => undefined) : undefined,
  ]);
  const bytesOf = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(meminfo)?.[1] ?? 0) * 1024;
  const total = bytesOf('MemTotal') || os.totalmem();
  const available = bytesOf('MemAvailable') || os.freemem();
  const busyMs = os.cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
  const imageFs = images && (await fsUsageOf(images.mountpoint));
  return {
    at: now,
    bootedAt: new Date(now.getTime() - os.uptime() * 1000),
    cpuNanoseconds: busyMs * 1e6,
    memoryTotalBytes: total,
    memoryUsageBytes: total - bytesOf('MemFree'),
    memoryWorkingSetBytes: total - available,
    memoryAvailableBytes: available,
    swapTotalBytes: bytesOf('SwapTotal'),
    swapUsageBytes: bytesOf('SwapTotal') - bytesOf('SwapFree'),
    interfaces: await interfacesOf('self'),
    fs: nodeFs,
    imageFs: imageFs && images && { ...imageFs, imageBytes: images.usedBytes },
    processes: Number(/\/(\d+) /.exec(loadavg)?.[1] ?? 0),
    mostProcesses: Number(pidMax.trim()) || 0,
  };
}

const readText = (file: string): Promise<string> => fs.readFile(file, 'utf8').catch(() => '');
