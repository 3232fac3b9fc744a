/** What the node, its pods and their containers use: the facts that /stats/summary and the metrics are written from. */
import os from 'node:os';
import fs from 'node:fs/promises';
import path from 'node:path';
import { type ContainerStats, type ContainerStatus, diskUsage, type Runtime } from '@mkube/runtime';
import type { Paths } from '../paths.ts';
import { isRunning } from '../pods/observed.ts';
import type { Pods } from '../pods/pods.ts';
import type { PodWorker } from '../pods/worker.ts';
import { type Groups, groupsOfProcess, type MemoryDetails, memoryDetailsOf } from './cgroup-memory.ts';
import { type FsUsage, fsUsageOf } from './file-systems.ts';
import { type InterfaceUsage, interfacesOf } from './network.ts';
import { type Pressures, pressuresOfGroup, pressuresOfMachine } from './pressure.ts';
import { type VolumeUsage, volumesOf } from './volumes.ts';

export interface StatsDeps {
  pods: Pods;
  runtime: Runtime;
  paths: Paths;
  rootDir: string;
}

/** What is read only for those who show it. */
export interface Depth {
  /** Walking folders costs: only a full summary does. */
  disk: boolean;
  pressure: boolean;
}

export interface ContainerUsage {
  name: string;
  id: string;
  image: string;
  startedAt: Date;
  memoryLimitBytes: number | undefined;
  stats: ContainerStats;
  memory: MemoryDetails | undefined;
  pressure: Pressures;
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
  pressure: Pressures;
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
  pressure: Pressures;
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
    pressure: await pressuresOf(await groupsOf(pid), depth, path.dirname), // its containers' groups are in its own
  };
}

async function containerUsage(
  { runtime, paths }: StatsDeps,
  status: ContainerStatus,
  depth: Depth,
): Promise<ContainerUsage | undefined> {
  const stats = await runtime.containerStats(status.id, depth).catch(() => undefined);
  if (!stats) return undefined;
  const groups = await groupsOf(status.pid);
  return {
    name: status.name,
    id: status.id,
    image: status.image,
    startedAt: status.startedAt ?? status.createdAt,
    memoryLimitBytes: status.resources?.memoryLimit || undefined,
    stats,
    memory: await memoryDetailsOf(groups),
    pressure: await pressuresOf(groups, depth),
    logs: depth.disk ? await diskUsage(paths.logsOf(status.logPath)) : undefined,
  };
}

const groupsOf = async (pid: number | undefined): Promise<Groups> => (pid === undefined ? {} : groupsOfProcess(pid));

const pressuresOf = async (
  { unified }: Groups,
  { pressure }: Depth,
  of = (folder: string): string => folder,
): Promise<Pressures> => (pressure && unified !== undefined ? pressuresOfGroup(of(unified)) : {});

/** Of the whole machine, in seconds since it booted. */
export async function usageOfNode(
  { runtime, rootDir }: StatsDeps,
  now: Date,
  { disk, pressure }: Depth,
): Promise<NodeUsage> {
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
    pressure: pressure ? await pressuresOfMachine() : {},
  };
}

const readText = (file: string): Promise<string> => fs.readFile(file, 'utf8').catch(() => '');
