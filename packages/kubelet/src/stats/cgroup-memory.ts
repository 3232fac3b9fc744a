/**
 * What the kernel says of a process' control group beyond what engines tell: found by the pid of a container's first process, so
 * that it is the same over every engine. What cannot be read is undefined.
 */
import fs from 'node:fs/promises';
import path from 'node:path';

export interface MemoryDetails {
  rssBytes: number;
  cacheBytes: number;
  swapBytes: number;
  pageFaults: number;
  majorPageFaults: number;
}

/** Folders of a process' groups: in the memory controller's tree of v1, or in the one tree of v2. */
export interface Groups {
  memory?: string;
  unified?: string;
}

const ROOT = '/sys/fs/cgroup';

export const groupsOfProcess = async (pid: number): Promise<Groups> =>
  groupsOf(await fs.readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => ''));

/** Of a hybrid machine's two trees v1's counts. */
export function groupsOf(text: string, root = ROOT): Groups {
  for (const line of text.split('\n')) {
    const [, controllers = '', group] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (group !== undefined && controllers.split(',').includes('memory'))
      return { memory: path.join(root, 'memory', group) };
  }
  const group = /^0::(\/.*)$/m.exec(text)?.[1];
  return group === undefined ? {} : { memory: path.join(root, group), unified: path.join(root, group) };
}

export async function memoryDetailsOf({ memory, unified }: Groups): Promise<MemoryDetails | undefined> {
  const stat = memory && (await readText(path.join(memory, 'memory.stat')));
  if (!stat) return undefined;
  const details = parseMemoryStat(stat);
  // v2's statistics know of swap only what is in memory as well
  return unified
    ? { ...details, swapBytes: Number(await readText(path.join(unified, 'memory.swap.current'))) }
    : details;
}

/** Names of v1 (with everything below the group) and of v2, which tells of swap elsewhere. */
export function parseMemoryStat(text: string): MemoryDetails {
  const fields = new Map(text.split('\n').map((line) => line.split(' ') as [string, string]));
  const first = (...names: string[]): number => Number(names.map((name) => fields.get(name)).find(Boolean) ?? 0);
  return {
    rssBytes: first('total_rss', 'anon'),
    cacheBytes: first('total_cache', 'file'),
    swapBytes: first('total_swap'),
    pageFaults: first('total_pgfault', 'pgfault'),
    majorPageFaults: first('total_pgmajfault', 'pgmajfault'),
  };
}

const readText = (file: string): Promise<string> => fs.readFile(file, 'utf8').catch(() => '');
