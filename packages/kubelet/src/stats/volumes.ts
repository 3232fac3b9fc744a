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
  const { uid } = pod.metadata;
  const folders = (await Promise.all([paths.volumes(uid), paths.memoryVolumes(uid)].map(foldersBelow))).flat();
  const found = await Promise.all(folders.map((folder) => usageOf(folder, paths, pod)));
  return found.filter((usage) => usage !== undefined);
}

/** A folder for each volume, in one for each of its plugins. */
async function foldersBelow(root: string): Promise<string[]> {
  const plugins = await fs.readdir(root).catch(() => []);
  const found = await Promise.all(
    plugins.map(async (plugin) => {
      const names = await fs.readdir(path.join(root, plugin)).catch(() => []);
      return names.map((name) => path.join(root, plugin, name));
    }),
  );
  return found.flat();
}

async function usageOf(folder: string, { memory }: Paths, { spec }: Pod): Promise<VolumeUsage | undefined> {
  const name = path.basename(folder);
  const [room, used] = await Promise.all([fsUsageOf(folder), diskUsage(folder)]);
  if (!room) return undefined;
  const source = spec.volumes?.find((volume) => volume.name === name);
  return {
    ...room,
    name,
    usedBytes: used.bytes,
    inodesUsed: used.inodes,
    claim: source?.persistentVolumeClaim?.claimName,
    inMemory: source?.emptyDir?.medium === 'Memory' || folder.startsWith(`${memory}/`),
  };
}
