/** What a pod's volumes hold, by walking them, and how much room the file systems under them have. */
import fs from 'node:fs/promises';
import path from 'node:path';
import type { Pod } from '@mkube/api';
import { diskUsage } from '@mkube/runtime';
import type { Paths } from '../paths.ts';
import { type FsUsage, fsUsageOf } from './file-systems.ts';

export interface VolumeUsage extends FsUsage {
  name: string;
  /** Of a claim: its name. */
  claim: string | undefined;
  /** In memory: it is no disk space of the node's. */
  inMemory: boolean;
}

/** Those that are folders of the pod's own; a claim's is elsewhere and may be anybody's. */
export async function volumesOf(paths: Paths, pod: Pod): Promise<VolumeUsage[]> {
  const root = paths.volumes(pod.metadata.uid);
  const plugins = await fs.readdir(root).catch(() => []);
  const found = await Promise.all(
    plugins.map(async (plugin) => {
      const names = await fs.readdir(path.join(root, plugin)).catch(() => []);
      return Promise.all(names.map((name) => usageOf(path.join(root, plugin, name), name, pod)));
    }),
  );
  return found.flat().filter((usage) => usage !== undefined);
}

async function usageOf(folder: string, name: string, { spec }: Pod): Promise<VolumeUsage | undefined> {
  const [room, used] = await Promise.all([fsUsageOf(folder), diskUsage(folder)]);
  if (!room) return undefined;
  const source = spec.volumes?.find((volume) => volume.name === name);
  return {
    ...room,
    name,
    usedBytes: used.bytes,
    inodesUsed: used.inodes,
    claim: source?.persistentVolumeClaim?.claimName,
    inMemory: source?.emptyDir?.medium === 'Memory',
  };
}
