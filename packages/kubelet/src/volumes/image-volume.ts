/** image: the files of an image, read-only. Its engine mounts them; the pull belongs to the start of a container that mounts it. */
import type { Pod, Volume, VolumeMount } from '@mkube/api';
import type { VolumePlugin } from './plugin.ts';

export const imageVolume: VolumePlugin = {
  source: 'image',
  refreshes: false,
  setUp: async () => '', // nothing on the host stands for it
};

export interface ImageOfVolume {
  volume: string;
  reference: string;
  pullPolicy: 'Always' | 'IfNotPresent' | 'Never';
}

/** Those that a container's mounts name. */
export const imagesMountedBy = ({ spec }: Pod, mounts: readonly VolumeMount[] = []): ImageOfVolume[] =>
  (spec.volumes ?? []).filter(({ name, image }) => image && mounts.some((mount) => mount.name === name)).map(imageOf);

function imageOf({ name, image }: Volume): ImageOfVolume {
  const reference = image?.reference ?? '';
  const isLatest = /^[^@]*$/.test(reference) && /(:latest|^[^:]*|\/[^:]*)$/.test(reference);
  return { volume: name, reference, pullPolicy: image?.pullPolicy ?? (isLatest ? 'Always' : 'IfNotPresent') };
}
