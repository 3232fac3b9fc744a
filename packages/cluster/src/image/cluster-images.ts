/** The images of a cluster, wherever its engine keeps them: what is loaded here reaches every node. */
import fs from 'node:fs';
import path from 'node:path';
import {
  type Image,
  type ImageStore,
  openArchiveStore,
  openCriImages,
  openDockerImages,
  openImageStore,
} from '@mkube/runtime';
import { criSocketOf, isCri } from '../engines/names.ts';
import { ClusterError } from '../state/cluster-error.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import type { ClusterPaths } from '../state/paths.ts';

export interface ClusterImages {
  load: ImageStore['load'];
  list(): Promise<Image[]>;
  close(): Promise<void>;
}

/** Throws where the cluster's driver has no images. */
export async function openClusterImages(paths: ClusterPaths, state: ClusterState): Promise<ClusterImages> {
  const { runtime, engineSocket = '' } = state.options;
  const tmp = path.join(paths.images, 'tmp');
  if (runtime === 'runc') return ofStore(openImageStore(paths.images));
  if (runtime === 'containerd') return ofContainerds(paths, state);
  if (runtime === 'docker') {
    const images = openDockerImages({ socketPath: engineSocket, tmp });
    return { ...images, close: () => Promise.resolve(images.close()) };
  }
  if (isCri(runtime)) return openCriImages({ socketPath: criSocketOf(runtime), tmp });
  throw new ClusterError(
    `cluster "${state.name}" runs on the driver "${runtime}", which has no images: make one with --runtime runc`,
  );
}

export async function withClusterImages<T>(
  paths: ClusterPaths,
  state: ClusterState,
  work: (images: ClusterImages) => Promise<T>,
): Promise<T> {
  const images = await openClusterImages(paths, state);
  try {
    return await work(images);
  } finally {
    await images.close();
  }
}

/** Archives for all nodes, and what the nodes' own engines have, as far as they run. */
function ofContainerds(paths: ClusterPaths, { nodes }: ClusterState): ClusterImages {
  const archives = ofStore(openArchiveStore(paths.images));
  const listOf = async (socketPath: string): Promise<Image[]> => {
    if (!fs.existsSync(socketPath)) return [];
    const images = await openCriImages({ socketPath, tmp: paths.images });
    try {
      return await images.list().catch(() => []);
    } finally {
      await images.close();
    }
  };
  return {
    ...archives,
    async list() {
      const sockets = nodes.map(({ name }) => paths.node(name).engineSocket);
      return withoutDoubles([...(await archives.list()), ...(await Promise.all(sockets.map(listOf))).flat()]);
    },
  };
}

/** One of each id, under all names that anyone has for it. */
function withoutDoubles(images: readonly Image[]): Image[] {
  const byId = new Map<string, Image>();
  const all = (a: readonly string[] = [], b: readonly string[]): string[] => [...new Set([...a, ...b])];
  for (const image of images) {
    const known = byId.get(image.id);
    const names = { tags: all(known?.tags, image.tags), digests: all(known?.digests, image.digests) };
    byId.set(image.id, { ...image, ...known, ...names });
  }
  return [...byId.values()];
}

function ofStore(store: Pick<ImageStore, 'load' | 'list'>): ClusterImages {
  return {
    load: (archive, options) => store.load(archive, options),
    list: () => Promise.resolve(store.list()),
    close: () => Promise.resolve(),
  };
}
