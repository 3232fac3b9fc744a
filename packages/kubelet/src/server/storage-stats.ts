/**
 * The storage part of the Summary: the file systems of the node and of its images, and what each pod keeps on them. Walks through
 * the pods' folders, so it is made when somebody asks, and for no other purpose.
 */
import fs from 'node:fs/promises';
import { formatTime } from '@mkube/apimachinery';
import { type ContainerDisk, containerDisk, volumesUse } from '../eviction/measure.ts';
import { readSignals, type Signals } from '../eviction/signals.ts';
import type { Paths } from '../paths.ts';
import { isRunning } from '../pods/observed.ts';
import type { Pods } from '../pods/pods.ts';
import type { Runtime } from '@mkube/runtime';
import type { PodWorker } from '../pods/worker.ts';

export interface StorageDeps {
  runtime: Runtime;
  pods: Pods;
  paths: Paths;
  rootDir: string;
}

export interface StorageStats {
  /** Fields of the Summary's node. */
  node: object;
  /** Fields of each of its pods, by uid, and of their containers, by name. */
  pods: ReadonlyMap<string, { pod: object; containers: ReadonlyMap<string, object> }>;
}

interface FileSystem {
  time: string;
  availableBytes?: number;
  capacityBytes?: number;
  inodes?: number;
  inodesFree?: number;
}

export async function storageStats(deps: StorageDeps, now: Date): Promise<StorageStats> {
  const time = formatTime(now);
  const { mountpoint, usedBytes } = await deps.runtime.imageFsInfo();
  const signals = await readSignals({ rootDir: deps.rootDir, imageFolder: mountpoint });
  const nodefs = fileSystem(signals, 'nodefs', time);
  const imagefs = fileSystem(signals, 'imagefs', time);
  const pods = await Promise.all(
    [...deps.pods.workers()].map(
      async (worker) => [worker.pod.metadata.uid, await podStorage(deps, worker, nodefs)] as const,
    ),
  );
  const pids = signals['pid.available'];
  return {
    node: {
      fs: { ...nodefs, ...usedOf(signals, 'nodefs') },
      runtime: { imageFs: { ...imagefs, usedBytes }, containerFs: { ...imagefs, ...usedOf(signals, 'imagefs') } },
      ...(pids && { rlimit: { time, maxpid: pids.capacity, curproc: pids.capacity - pids.available } }),
    },
    pods: new Map(pods),
  };
}

function fileSystem(signals: Signals, name: 'nodefs' | 'imagefs', time: string): FileSystem {
  const [bytes, inodes] = [signals[`${name}.available`], signals[`${name}.inodesFree`]];
  return {
    time,
    ...(bytes && { availableBytes: bytes.available, capacityBytes: bytes.capacity }),
    ...(inodes && { inodesFree: inodes.available, inodes: inodes.capacity }),
  };
}

function usedOf(signals: Signals, name: 'nodefs' | 'imagefs'): { usedBytes?: number; inodesUsed?: number } {
  const [bytes, inodes] = [signals[`${name}.available`], signals[`${name}.inodesFree`]];
  return {
    ...(bytes && { usedBytes: bytes.capacity - bytes.available }),
    ...(inodes && { inodesUsed: inodes.capacity - inodes.available }),
  };
}

async function podStorage(deps: StorageDeps, { pod, state }: PodWorker, system: FileSystem) {
  const running = state.observed.containers.filter(isRunning);
  const [disks, volumes] = await Promise.all([
    Promise.all(running.map(async (status) => [status.name, await containerDisk(deps, status)] as const)),
    volumesUse(deps, pod),
  ]);
  const usedOfContainers = disks.reduce((sum, [, { rootfs, logs }]) => sum + rootfs.bytes + logs.bytes, 0);
  const usedOfVolumes = [...volumes.values()].reduce((sum, { bytes, inMemory }) => sum + (inMemory ? 0 : bytes), 0);
  return {
    pod: {
      ...(volumes.size > 0 && {
        volume: await Promise.all(
          [...volumes].map(([name, { bytes }]) => volumeStats(deps, { pod, name, bytes, time: system.time })),
        ),
      }),
      'ephemeral-storage': { ...system, usedBytes: usedOfContainers + usedOfVolumes },
    },
    containers: new Map(disks.map(([name, disk]) => [name, containerStorage(disk, system)])),
  };
}

const containerStorage = ({ rootfs, logs }: ContainerDisk, system: FileSystem): object => ({
  rootfs: { ...system, usedBytes: rootfs.bytes, inodesUsed: rootfs.inodes },
  logs: { ...system, usedBytes: logs.bytes, inodesUsed: logs.inodes },
});

/** A volume in memory is a file system of its own. */
async function volumeStats(
  { paths }: StorageDeps,
  { pod, name, bytes, time }: { pod: PodWorker['pod']; name: string; bytes: number; time: string },
): Promise<object> {
  const disk = await fs.statfs(paths.volume(pod.metadata.uid, 'empty-dir', name)).catch(() => undefined);
  return {
    name,
    time,
    ...(disk && {
      availableBytes: disk.bavail * disk.bsize,
      capacityBytes: disk.blocks * disk.bsize,
      inodes: disk.files,
      inodesFree: disk.ffree,
    }),
    usedBytes: bytes,
  };
}
