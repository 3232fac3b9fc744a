/** What is left on the node, as eviction signals: read from /proc and the file systems of the kubelet and of the images. */
import fs from 'node:fs/promises';
import os from 'node:os';

export interface Signal {
  available: number;
  capacity: number;
}

export type SignalName =
  | 'memory.available'
  | 'nodefs.available'
  | 'nodefs.inodesFree'
  | 'imagefs.available'
  | 'imagefs.inodesFree'
  | 'pid.available';
export type Signals = Partial<Record<SignalName, Signal>>;

export interface Folders {
  rootDir: string;
  /** Where the runtime keeps its images. */
  imageFolder: string;
}

export async function readSignals({ rootDir, imageFolder }: Folders): Promise<Signals> {
  const [memory, nodefs, imagefs, pids] = await Promise.all([
    memoryLeft(),
    diskLeft(rootDir),
    diskLeft(imageFolder),
    pidsLeft(),
  ]);
  return {
    'memory.available': memory,
    ...(nodefs && { 'nodefs.available': nodefs.bytes }),
    ...(nodefs?.inodes && { 'nodefs.inodesFree': nodefs.inodes }),
    ...(imagefs && { 'imagefs.available': imagefs.bytes }),
    ...(imagefs?.inodes && { 'imagefs.inodesFree': imagefs.inodes }),
    ...(pids && { 'pid.available': pids }),
  };
}

async function memoryLeft(): Promise<Signal> {
  const text = await fs.readFile('/proc/meminfo', 'utf8').catch(() => '');
  const available = Number(/^MemAvailable:\s+(\d+)/m.exec(text)?.[1] ?? 0) * 1024 || os.freemem();
  return { available, capacity: os.totalmem() };
}

async function diskLeft(folder: string): Promise<{ bytes: Signal; inodes: Signal | undefined } | undefined> {
  const disk = await fs.statfs(folder).catch(() => undefined);
  return (
    disk && {
      bytes: { available: disk.bavail * disk.bsize, capacity: disk.blocks * disk.bsize },
      inodes: disk.files > 0 ? { available: disk.ffree, capacity: disk.files } : undefined,
    }
  );
}

async function pidsLeft(): Promise<Signal | undefined> {
  const [most, load] = await Promise.all([
    fs.readFile('/proc/sys/kernel/pid_max', 'utf8').catch(() => ''),
    fs.readFile('/proc/loadavg', 'utf8').catch(() => ''),
  ]);
  const capacity = Number(most.trim());
  const used = Number(/\/(\d+) /.exec(load)?.[1] ?? 0);
  return capacity > 0 ? { available: capacity - used, capacity } : undefined;
}
