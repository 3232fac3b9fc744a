/**
 * How much pods use: memory and processes from the runtime, disk by walking their own folders. Walks are for the moments that
 * need them (limits to be kept, a full disk) and never for idle rounds.
 */
import type { Pod } from '@mkube/api';
import { diskUsage, type ContainerStats, type ContainerStatus, type DiskUsage, type Runtime } from '@mkube/runtime';
import type { Paths } from '../paths.ts';
import { isRunning } from '../pods/observed.ts';
import type { PodWorker } from '../pods/worker.ts';
import type { Candidate, ContainerUse } from './rank-plan.ts';
import type { StorageUse } from './storage-plan.ts';

export interface MeasureDeps {
  runtime: Runtime;
  paths: Paths;
}

export async function measurePod(deps: MeasureDeps, { pod, state }: PodWorker, disk: boolean): Promise<Candidate> {
  const running = state.observed.containers.filter(isRunning);
  const [containers, volumes] = await Promise.all([
    Promise.all(running.map((status) => useOf(deps, status, disk))),
    disk ? volumesUse(deps, pod) : NO_VOLUMES,
  ]);
  const volumeBytes = [...volumes.values()].reduce((sum, { bytes, inMemory }) => sum + (inMemory ? 0 : bytes), 0);
  return { pod, containers, volumeBytes };
}

export async function measureStorage(deps: MeasureDeps, worker: PodWorker): Promise<StorageUse> {
  const alive = worker.state.observed.containers.filter(isRunning);
  const [uses, volumes] = await Promise.all([
    Promise.all(alive.map((status) => useOf(deps, status, true))),
    volumesUse(deps, worker.pod),
  ]);
  return { containers: new Map(uses.map(({ name, disk }) => [name, disk])), volumes };
}

async function useOf(deps: MeasureDeps, status: ContainerStatus, disk: boolean): Promise<ContainerUse> {
  const { stats, rootfs, logs } = await (disk ? containerDisk(deps, status) : containerMemory(deps, status));
  return {
    name: status.name,
    memory: stats?.memoryWorkingSetBytes ?? 0,
    disk: rootfs.bytes + logs.bytes,
    inodes: rootfs.inodes + logs.inodes,
    processes: stats?.processes ?? 0,
  };
}

interface ContainerDisk {
  stats: ContainerStats | undefined;
  rootfs: DiskUsage;
  logs: DiskUsage;
}

const NOTHING: DiskUsage = { bytes: 0, inodes: 0 };

async function containerMemory({ runtime }: MeasureDeps, { id }: ContainerStatus): Promise<ContainerDisk> {
  return { stats: await runtime.containerStats(id).catch(() => undefined), rootfs: NOTHING, logs: NOTHING };
}

/** What the container wrote to its own layer, and what its log takes. */
async function containerDisk({ runtime, paths }: MeasureDeps, status: ContainerStatus): Promise<ContainerDisk> {
  const stats = await runtime.containerStats(status.id, { disk: true }).catch(() => undefined);
  const rootfs = { bytes: stats?.rootfsUsedBytes ?? 0, inodes: stats?.rootfsInodesUsed ?? 0 };
  return { stats, rootfs, logs: await diskUsage(paths.logsOf(status.logPath)) };
}

const NO_VOLUMES: StorageUse['volumes'] = new Map();

/** Of the emptyDirs of a pod, by their names. */
async function volumesUse({ paths }: MeasureDeps, pod: Pod): Promise<StorageUse['volumes']> {
  const emptyDirs = (pod.spec.volumes ?? []).filter(({ emptyDir }) => emptyDir);
  const used = await Promise.all(
    emptyDirs.map(async ({ name, emptyDir }) => {
      const { bytes } = await diskUsage(paths.volume(pod.metadata.uid, 'empty-dir', name));
      return [name, { bytes, inMemory: emptyDir?.medium === 'Memory' }] as const;
    }),
  );
  return new Map(used);
}
