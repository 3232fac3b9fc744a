/**
 * What the kernel says of a process' control group and network beyond what engines tell: read by the pid of a container's
 * first process, so that it is the same over every engine. What cannot be read is undefined.
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

const ROOT = '/sys/fs/cgroup';

export async function memoryDetailsOf(pid: number): Promise<MemoryDetails | undefined> {
  const text = await fs.readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '');
  const group = memoryGroupOf(text);
  const stat = group && (await fs.readFile(path.join(ROOT, group, 'memory.stat'), 'utf8').catch(() => undefined));
  return stat ? parseMemoryStat(stat) : undefined;
}

/** Below /sys/fs/cgroup: the memory controller's tree of v1, or the one tree of v2. */
export function memoryGroupOf(text: string): string | undefined {
  for (const line of text.split('\n')) {
    const [, controllers = '', group] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (group !== undefined && controllers.split(',').includes('memory')) return path.join('memory', group);
  }
  return /^0::(\/.*)$/m.exec(text)?.[1];
}

/** Names of v1 (with everything below the group) and of v2. */
export function parseMemoryStat(text: string): MemoryDetails {
  const fields = new Map(text.split('\n').map((line) => line.split(' ') as [string, string]));
  const first = (...names: string[]): number => Number(names.map((name) => fields.get(name)).find(Boolean) ?? 0);
  return {
    rssBytes: first('total_rss', 'anon'),
    cacheBytes: first('total_cache', 'file'),
    swapBytes: first('total_swap', 'swapcached'),
    pageFaults: first('total_pgfault', 'pgfault'),
    majorPageFaults: first('total_pgmajfault', 'pgmajfault'),
  };
}
