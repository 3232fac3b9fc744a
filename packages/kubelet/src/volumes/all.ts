/** Every kind of volume that this kubelet can mount. */
import { claimVolume, ephemeralVolume } from './claim.ts';
import { emptyDirVolume } from './empty-dir.ts';
import { hostPathVolume } from './host-path.ts';
import { imageVolume } from './image-volume.ts';
import type { VolumePlugin } from './plugin.ts';
import { configMapVolume, downwardApiVolume, projectedVolume, secretVolume } from './projected.ts';

export const volumePlugins: readonly VolumePlugin[] = [
  emptyDirVolume,
  hostPathVolume,
  configMapVolume,
  secretVolume,
  downwardApiVolume,
  projectedVolume,
  claimVolume,
  ephemeralVolume,
  imageVolume,
];
