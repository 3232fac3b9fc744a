/** The files of images as mounts of a container: an overlay of the layers with nothing to write to, in the container's folder. */
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { runOrThrow } from '../exec.ts';
import type { StoredImage } from '../images/store.ts';
import { RuntimeError, type ContainerConfig, type Mount } from '../runtime.ts';
import type { RuncState } from './state.ts';
import { resolveInRoot } from './user.ts';

export interface ImageMount {
  mount: Mount;
  image: StoredImage;
  folder: string;
}

/** Throws ImageNotFound. */
export function imageMountsOf(state: RuncState, { mounts }: ContainerConfig, id: string): ImageMount[] {
  const own = state.layout.container(id).folder;
  return mounts.flatMap((mount, index) =>
    mount.image ? [{ mount, image: state.images.resolve(mount.image), folder: path.join(own, `image-${index}`) }] : [],
  );
}

export async function mountImage(state: RuncState, { image, folder }: ImageMount): Promise<void> {
  mkdirSync(folder, { recursive: true });
  // an overlay without an upper folder wants two below
  const lower = [...image.layerPaths.map((layer) => path.basename(layer)).toReversed(), emptyLayer(state)];
  const options = `ro,lowerdir=${[...lower, ...(lower.length < 2 ? lower : [])].join(':')}`;
  const argv = ['mount', '--internal-only', '-t', 'overlay', '-o', options, 'overlay', folder];
  await runOrThrow(state.exec, argv, { cwd: path.join(state.images.root, 'layers') });
}

/** Mounts with their place on the host. */
export const withImages = (mounts: readonly Mount[], mounted: readonly ImageMount[]): Mount[] =>
  mounts.map((mount) => {
    const found = mounted.find((one) => one.mount === mount);
    return found ? { ...mount, hostPath: pathIn(found), readOnly: true } : mount;
  });

function pathIn({ mount, folder }: ImageMount): string {
  const found = mount.subPath ? resolveInRoot(folder, mount.subPath) : folder;
  if (found && existsSync(found)) return found;
  throw new RuntimeError('CannotRun', `subpath ${JSON.stringify(mount.subPath)} is not in image ${mount.image}`);
}

/** The dot keeps it from being taken for a layer that nobody uses. */
export function emptyLayer(state: RuncState): string {
  mkdirSync(path.join(state.images.root, 'layers', '.empty'), { recursive: true, mode: 0o755 });
  return '.empty';
}
