/**
 * An engine that is filled from the cluster's archives: it pulls nothing itself, since it may be where the registry is not
 * reached (a node's network has no way to the host's loopback). What was loaded into the cluster is brought to the engine as soon
 * as it is seen, or at the latest when it is asked for.
 */
import path from 'node:path';
import type { ArchivedImage, ArchiveStore } from '../images/archive-store.ts';
import { isImageId } from '../images/reference.ts';
import { PAUSE_IMAGE } from './containerd-config.ts';
import { RuntimeError, type Runtime } from '../runtime.ts';
import { tryWatch } from '../try-watch.ts';

export interface ArchivedImagesOptions {
  store: ArchiveStore;
  /** Brings an archive into the engine. */
  load(file: string): Promise<void>;
  /** Into the store. */
  pull: Runtime['pullImage'];
}

/** How long an engine may take to show what it was given. */
const SHOWN_MS = 30_000;

export function withArchivedImages(engine: Runtime, { store, load, pull }: ArchivedImagesOptions): Runtime {
  const loading = new Map<string, Promise<void>>();
  const idOf = async (ref: string): Promise<string | undefined> => (await engine.imageStatus(ref))?.id;
  const loadOnce = (file: string): Promise<void> => {
    const running = loading.get(file) ?? load(file).finally(() => loading.delete(file));
    loading.set(file, running);
    return running;
  };
  const bring = async (ref: string, image: ArchivedImage | undefined): Promise<void> => {
    if (!image || (await idOf(ref)) === image.id) return;
    await loadOnce(image.file);
    for (const deadline = performance.now() + SHOWN_MS; (await idOf(ref)) !== image.id; await pause(20))
      if (performance.now() > deadline)
        throw new RuntimeError('Unavailable', `the engine does not show ${ref}, which was loaded into it`);
  };
  const loadedOf = (ref: string): ArchivedImage | undefined => {
    const image = isImageId(ref) ? undefined : store.find(ref);
    return image?.origin === 'loaded' ? image : undefined;
  };
  const bringAll = async (): Promise<void> => {
    for (const image of store.all().filter(({ origin }) => origin === 'loaded'))
      for (const ref of image.tags) await bring(ref, image);
  };
  /** Whoever asks for the image hears of a fault. */
  const bringSoon = (): void => void bringAll().catch(() => undefined);
  const watcher = tryWatch(path.join(store.root, 'archives'), (name) => {
    if (name?.endsWith('.json')) bringSoon();
  });
  bringSoon();
  return {
    ...engine,
    async imageStatus(ref) {
      await bring(ref, loadedOf(ref));
      return engine.imageStatus(ref);
    },
    async listImages() {
      // an older containerd does not say itself that it needs this one
      const isNeeded = (tags: readonly string[]): boolean => tags.includes(PAUSE_IMAGE);
      return (await engine.listImages()).map((image) => (isNeeded(image.tags) ? { ...image, pinned: true } : image));
    },
    async pullImage(ref, options) {
      const id = await pull(ref, options);
      await bring(ref, store.find(ref));
      return id;
    },
    async close() {
      watcher?.close();
      await engine.close();
    },
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
