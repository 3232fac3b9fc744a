/**
 * What a folder takes on its disk, as du counts it: blocks, each file once however many names it has, and no other file system.
 * What vanishes meanwhile counts nothing. Stops counting at a bound, so that nobody can make a node walk for ever.
 */
import type { Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';

export interface DiskUsage {
  bytes: number;
  inodes: number;
}

const MOST_ENTRIES = 500_000;
const BLOCK = 512;

export async function diskUsage(folder: string, mostEntries = MOST_ENTRIES): Promise<DiskUsage> {
  const used: DiskUsage = { bytes: 0, inodes: 0 };
  const root = await lookAt(folder);
  if (!root) return used;
  const linked = new Set<number>();
  const waiting = [{ file: folder, stat: root }];
  for (let next = waiting.pop(); next && used.inodes < mostEntries; next = waiting.pop()) {
    const { file, stat } = next;
    if (stat.dev !== root.dev || linked.has(stat.ino)) continue;
    if (stat.nlink > 1 && !stat.isDirectory()) linked.add(stat.ino);
    used.bytes += stat.blocks * BLOCK;
    used.inodes++;
    if (!stat.isDirectory()) continue;
    const names = await readdir(file).catch(() => []);
    const children = await Promise.all(
      names.map(async (name) => ({ name, stat: await lookAt(path.join(file, name)) })),
    );
    for (const child of children) if (child.stat) waiting.push({ file: path.join(file, child.name), stat: child.stat });
  }
  return used;
}

const lookAt = (file: string): Promise<Stats | undefined> => lstat(file).catch(() => undefined);
