/** hostPath: a path of the node's as it is, tested or made as `type` says. */
import fs from 'node:fs/promises';
import path from 'node:path';
import type { HostPathVolumeSource } from '@mkube/api';
import type { VolumePlugin } from './plugin.ts';

export const hostPathVolume: VolumePlugin = {
  source: 'hostPath',
  refreshes: false,
  setUp: async ({ hostPath }) => checkHostPath(hostPath ?? { path: '' }),
};

type Stats = Awaited<ReturnType<typeof fs.stat>>;

const CHECKS: Record<string, [is: (stats: Stats) => boolean, what: string]> = {
  Directory: [(stats) => stats.isDirectory(), 'a directory'],
  DirectoryOrCreate: [(stats) => stats.isDirectory(), 'a directory'],
  File: [(stats) => stats.isFile(), 'a file'],
  FileOrCreate: [(stats) => stats.isFile(), 'a file'],
  Socket: [(stats) => stats.isSocket(), 'a socket file'],
  CharDevice: [(stats) => stats.isCharacterDevice(), 'a character device'],
  BlockDevice: [(stats) => stats.isBlockDevice(), 'a block device'],
};

export async function checkHostPath({ path: given, type = '' }: HostPathVolumeSource): Promise<string> {
  if (!path.isAbsolute(given) || given.split('/').includes('..'))
    throw new Error(`hostPath ${given} is not an absolute path`);
  const target = path.normalize(given);
  if (type === 'DirectoryOrCreate') await fs.mkdir(target, { recursive: true, mode: 0o755 });
  if (type === 'FileOrCreate') await (await fs.open(target, 'a', 0o644)).close();
  const check = CHECKS[type];
  if (!check) {
    // no type, no test: an engine makes a missing source a folder
    await fs.stat(target).catch(() => fs.mkdir(target, { recursive: true, mode: 0o755 }));
    return target;
  }
  const stats = await fs.stat(target).catch(() => undefined);
  if (!stats || !check[0](stats)) throw new Error(`hostPath type check failed: ${target} is not ${check[1]}`);
  return target;
}
