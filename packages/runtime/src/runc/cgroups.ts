/**
 * Control groups as the kernel shows them: v1 (a tree per controller, hybrid systems included) or v2 (one tree). Read for
 * usage and out-of-memory kills, and emptied folders are taken away. Limits are set by runc.
 */
import { mkdirSync, readdirSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isErrno, readText } from '../atomic-file.ts';

export interface Usage {
  cpuNanoseconds: bigint;
  memoryUsageBytes: number;
  memoryWorkingSetBytes: number;
  processes: number;
}

export interface Cgroups {
  readonly version: 1 | 2;
  /** Processes that the kernel killed in it for want of memory. */
  oomKills(group: string): number;
  usage(group: string): Usage | undefined;
  /** All processes in it and below. */
  processes(group: string): number[];
  /** Takes the empty folder and those below it away, in every tree; one that is in use stays. */
  remove(group: string): void;
  exists(group: string): boolean;
  /** Puts a process of this machine into a group, made where it is missing. */
  join(group: string, pid: number): void;
  /**
   * Has the kernel ready itself to move processes between groups: after a rest the first move waits for a grace period of RCU, ten
   * milliseconds or more, and who is about to start a container can let that pass meanwhile. Only a hint: it never rejects.
   */
  expectMoves(): Promise<void>;
}

export function openCgroups(mount = '/sys/fs/cgroup'): Cgroups {
  return isUnified(mount) ? unified(mount) : perController(mount);
}

function isUnified(mount: string): boolean {
  return readText(path.join(mount, 'cgroup.controllers')) !== undefined;
}

function unified(mount: string): Cgroups {
  const read = (group: string, file: string): string => readText(path.join(mount, group, file)) ?? '';
  return {
    version: 2,
    oomKills: (group) => fieldOf(read(group, 'memory.events'), 'oom_kill'),
    usage(group) {
      const cpu = read(group, 'cpu.stat');
      if (!cpu) return undefined;
      const memoryUsageBytes = Number(read(group, 'memory.current'));
      const inactive = fieldOf(read(group, 'memory.stat'), 'inactive_file');
      const cpuNanoseconds = BigInt(fieldOf(cpu, 'usage_usec')) * 1000n;
      const memoryWorkingSetBytes = Math.max(0, memoryUsageBytes - inactive);
      const processes = Number(read(group, 'pids.current'));
      return { cpuNanoseconds, memoryUsageBytes, memoryWorkingSetBytes, processes };
    },
    processes: (group) => processesBelow(path.join(mount, group)),
    remove: (group) => removeTree(path.join(mount, group)),
    exists: (group) => isFolder(path.join(mount, group)),
    join(group, pid) {
      mkdirSync(path.join(mount, group), { recursive: true });
      writeFileSync(path.join(mount, group, 'cgroup.procs'), String(pid));
    },
    expectMoves: oneAtATime(() => moveNowhere(mount, '')),
  };
}

function perController(mount: string): Cgroups {
  // Links like cpu,cpuacct's parts lead to the same folder: following them twice does no harm.
  const trees = readdirSync(mount).filter((name) => isFolder(path.join(mount, name)));
  const read = (tree: string, group: string, file: string): string =>
    readText(path.join(mount, tree, group, file)) ?? '';
  return {
    version: 1,
    oomKills: (group) => fieldOf(read('memory', group, 'memory.oom_control'), 'oom_kill'),
    usage(group) {
      const cpu = read('cpuacct', group, 'cpuacct.usage');
      const memory = read('memory', group, 'memory.usage_in_bytes');
      if (!cpu || !memory) return undefined;
      const memoryUsageBytes = Number(memory);
      const inactive = fieldOf(read('memory', group, 'memory.stat'), 'total_inactive_file');
      const memoryWorkingSetBytes = Math.max(0, memoryUsageBytes - inactive);
      const processes = Number(read('pids', group, 'pids.current'));
      return { cpuNanoseconds: BigInt(cpu.trim()), memoryUsageBytes, memoryWorkingSetBytes, processes };
    },
    processes(group) {
      const tree = ['pids', 'memory', 'systemd'].find((name) => trees.includes(name));
      return tree ? processesBelow(path.join(mount, tree, group)) : [];
    },
    remove(group) {
      for (const tree of trees) removeTree(path.join(mount, tree, group));
    },
    exists: (group) => trees.some((tree) => isFolder(path.join(mount, tree, group))),
    join(group, pid) {
      for (const tree of ['memory', 'cpu', 'pids'].filter((name) => trees.includes(name))) {
        mkdirSync(path.join(mount, tree, group), { recursive: true });
        writeFileSync(path.join(mount, tree, group, 'cgroup.procs'), String(pid));
      }
    },
    expectMoves: oneAtATime(() => moveNowhere(path.join(mount, 'pids'), 'pids')),
  };
}

/** This process to the group that it is in; one lock is for the moves in all trees. */
async function moveNowhere(tree: string, controller: string): Promise<void> {
  const lines = (readText('/proc/self/cgroup') ?? '').split('\n').map((line) => line.split(':'));
  const own = lines.find(([, controllers = '']) => controllers.split(',').includes(controller));
  if (own?.[2] !== undefined)
    await writeFile(path.join(tree, own[2], 'cgroup.procs'), String(process.pid)).catch(() => undefined);
}

/** Who asks while it is under way gets that one's end. */
function oneAtATime(act: () => Promise<void>): () => Promise<void> {
  let underWay: Promise<void> | undefined;
  return () => (underWay ??= act().finally(() => (underWay = undefined)));
}

function fieldOf(text: string, name: string): number {
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
}

function isFolder(name: string): boolean {
  return statSync(name, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function processesBelow(folder: string): number[] {
  const own = (readText(path.join(folder, 'cgroup.procs')) ?? '').split('\n').filter(Boolean).map(Number);
  return [...own, ...foldersIn(folder).flatMap(processesBelow)];
}

function removeTree(folder: string): void {
  for (const child of foldersIn(folder)) removeTree(child);
  try {
    rmdirSync(folder);
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'EBUSY', 'ENOTEMPTY', 'ENOTDIR')) throw error;
  }
}

function foldersIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter((e) => e.isDirectory()).map((e) => path.join(folder, e.name));
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ENODEV')) return [];
    throw error;
  }
}
