/** A container's folders with its root file system, an overlay of its image's layers. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { StoredImage } from '../images/store.ts';
import { RuntimeError } from '../runtime.ts';
import { emptyLayer } from './image-mounts.ts';
import { dismissMonitor } from './monitors.ts';
import { removeMountedFolder } from './mounts.ts';
import type { RootFs, RuncState } from './state.ts';

export function prepareRootFs(state: RuncState, image: StoredImage): RootFs {
  const id = randomBytes(32).toString('hex');
  const own = state.layout.container(id);
  for (const folder of [own.rootfs, own.upper, own.work]) mkdirSync(folder, { recursive: true, mode: 0o755 });
  state.images.claim([image], { id, folder: own.layer });
  const mounted = mountRootFs(state, image, id);
  mounted.catch(() => undefined); // whoever waits for it hears of it
  return { id, imageId: image.id, mounted };
}

export async function clearContainerFolder(state: RuncState, id: string): Promise<void> {
  const { folder, layer } = state.layout.container(id);
  dismissMonitor(state, id);
  state.records.forget(id);
  rmSync(state.layout.exit(id), { force: true });
  rmSync(path.join(state.layout.runc, id), { recursive: true, force: true }); // of a process that was killed at this
  await removeMountedFolder(state.mounts, folder);
  await rm(layer, { recursive: true, force: true });
  state.images.release(id);
}

/**
 * An overlay of the image's layers under an upper folder of the container's own. Names are relative to the layers' folder:
 * all options must fit one page. `volatile`: what a dead container wrote need not reach the disk.
 */
async function mountRootFs(state: RuncState, { layerPaths }: StoredImage, id: string): Promise<void> {
  const own = state.layout.container(id);
  const lower = layerPaths.map((layer) => path.basename(layer)).toReversed();
  if (lower.length === 0) lower.push(emptyLayer(state));
  const options = `lowerdir=${lower.join(':')},upperdir=${own.upper},workdir=${own.work},volatile`;
  if (Buffer.byteLength(options) > 4095)
    throw new RuntimeError('CannotRun', `image has ${lower.length} layers: more than overlayfs can take`);
  await state.mounts.mount({ type: 'overlay', source: 'overlay', target: own.rootfs, options });
}
