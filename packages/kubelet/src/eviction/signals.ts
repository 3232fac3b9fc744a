/** What is left on the node, as eviction signals: read from /proc and the file system. */
import fs from 'node:fs/promises';
import os from 'node:os';

export interface Signal {
  available: number;
  capacity: number;
}

export type SignalName = 'memory.available' | 'nodefs.available' | 'nodefs.inodesFree' | 'pid.available';
export type Signals = Partial<Record<SignalName, Signal>>;

export async function readSignals(rootDir: string): Promise<Signals> {
  const [meminfo, disk, pidMax, threads] = await Promise.all([
    fs.readFile('/proc/meminfo', 'utf8').catch(() => ''),
    fs.statfs(rootDir).catch(() => undefined),
    readNumber('/proc/sys/kernel/pid_max'),
    fs.readFile('/proc/loadavg', 'utf8').catch(() => ''),
  ]);
  const available = Number(/^MemAvailable:\s+(\d+)/m.exec(meminfo)?.[1] ?? 0) * 1024 || os.freemem();
  const used = Number(/\/(\d+) /.exec(threads)?.[1] ?? 0);
  return {
    'memory.available': { available, capacity: os.totalmem() },
    ...(disk && {
      'nodefs.available': { available: disk.bavail * disk.bsize, capacity: disk.blocks * disk.bsize },
      ...(disk.files > 0 && { 'nodefs.inodesFree': { available: disk.ffree, capacity: disk.files } }),
    }),
    ...(pidMax > 0 && { 'pid.available': { available: pidMax - used, capacity: pidMax } }),
  };
}

const readNumber = async (file: string): Promise<number> =>
  Number((await fs.readFile(file, 'utf8').catch(() => '0')).trim()) || 0;
