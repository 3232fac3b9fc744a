/**
 * The volumes of a pod: set up all together, brought up to date later, taken away at the end.
 * Setting up is idempotent: a kubelet that starts again finds what is there and goes on with it.
 */
import fs from 'node:fs/promises';
import type { Pod, Volume } from '@mkube/api';
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

/** Everything that the pod's volumes kept on this node. */
export async function tearDownVolumes(paths: Paths, podUid: string): Promise<void> {
  const folder = paths.volumes(podUid);
  await unmountBelow(folder);
  await Promise.all([folder, paths.memoryVolumes(podUid)].map((own) => fs.rm(own, { recursive: true, force: true })));
}
