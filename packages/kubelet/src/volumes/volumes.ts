/**
 * The volumes of a pod: set up all together, brought up to date later, taken away at the end.
 * Setting up is idempotent: a kubelet that starts again finds what is there and goes on with it.
 */
import fs from 'node:fs/promises';
import type { Pod, Volume } from '@mkube/api';
import type { Runtime } from '@mkube/runtime';
import type { Paths } from '../paths.ts';
import { StartError } from '../pods/start-error.ts';
import { volumePlugins } from './all.ts';
import { unmountBelow } from './mounts.ts';
import type { VolumeContext, VolumePlugin } from './plugin.ts';

/** Paths on the host, by the volume's name. */
export type VolumePaths = ReadonlyMap<string, string>;

export async function setUpVolumes(context: VolumeContext): Promise<VolumePaths> {
  const volumes = context.pod.spec.volumes ?? [];
  const paths = await Promise.all(volumes.map((volume) => setUp(volume, context)));
  return new Map(volumes.map(({ name }, index) => [name, paths[index] ?? '']));
}

/** Only those whose content follows the API. */
export async function refreshVolumes(context: VolumeContext): Promise<void> {
  const volumes = (context.pod.spec.volumes ?? []).filter((volume) => pluginOf(volume)?.refreshes);
  await Promise.all(volumes.map((volume) => setUp(volume, context)));
}

export const hasRefreshingVolumes = (pod: Pod): boolean =>
  (pod.spec.volumes ?? []).some((volume) => pluginOf(volume)?.refreshes);

export const isReadOnly = (volume: Volume): boolean => pluginOf(volume)?.readOnly?.(volume) ?? false;

async function setUp(volume: Volume, context: VolumeContext): Promise<string> {
  const plugin = pluginOf(volume);
  try {
    if (!plugin) throw new Error(`volume source ${sourcesOf(volume)} is not supported`);
    return await plugin.setUp(volume, context);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StartError('FailedMount', `MountVolume.SetUp failed for volume "${volume.name}" : ${why}`, { cause });
  }
}

const pluginOf = (volume: Volume): VolumePlugin | undefined =>
  volumePlugins.find(({ source }) => volume[source] !== undefined);

const sourcesOf = (volume: Volume): string =>
  Object.keys(volume)
    .filter((key) => key !== 'name')
    .join(', ') || '(none)';

export interface VolumeKeeper {
  paths: Paths;
  runtime: Pick<Runtime, 'clearFolder'>;
}

/** Everything that the pod's volumes kept on this node. */
export async function tearDownVolumes({ paths, runtime }: VolumeKeeper, podUid: string): Promise<void> {
  const folder = paths.volumes(podUid);
  await unmountBelow(paths.subPaths(podUid)); // the volumes are behind them
  await unmountBelow(folder);
  await Promise.all([folder, paths.memoryVolumes(podUid)].map((own) => removeTree(own, runtime)));
}

/** Without root, what containers wrote may not be the kubelet's to remove: then their engine does it. */
async function removeTree(folder: string, runtime: Pick<Runtime, 'clearFolder'>): Promise<void> {
  try {
    await fs.rm(folder, { recursive: true, force: true });
  } catch (error) {
    if (!runtime.clearFolder || !['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await runtime.clearFolder(folder);
    await fs.rm(folder, { recursive: true, force: true });
  }
}
