/** `mkube image …`: the images that all nodes of a cluster share. Works on a cluster that is down as well. */
import fs from 'node:fs';
import type { Image } from '@mkube/runtime';
import { withClusterImages } from '../image/cluster-images.ts';
import { ClusterError } from '../state/cluster-error.ts';
import { type ClusterRef, contextOf, needState } from './context.ts';
import { runStep } from './progress.ts';

/** Loads an archive (docker save, OCI layout; a file, a folder or a stream); gives the references that it brought. */
export async function imageLoad(
  ref: ClusterRef & { archive: string | AsyncIterable<Buffer>; tag?: string },
): Promise<string[]> {
  const context = contextOf(ref);
  const state = needState(context);
  const { archive, tag, signal } = ref;
  if (typeof archive === 'string' && !fs.existsSync(archive)) throw new ClusterError(`there is no file ${archive}`);
  return runStep(context.progress, 'image', 'Loading image', async () => {
    try {
      return await withClusterImages(context.paths, state, (images) =>
        images.load(archive, { ...(signal && { signal }), ...(tag !== undefined && { ref: tag }) }),
      );
    } catch (error) {
      if (error instanceof ClusterError) throw error;
      const what = typeof archive === 'string' ? archive : 'the archive';
      throw new ClusterError(`cannot load ${what}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  });
}

export async function imageList(ref: ClusterRef): Promise<Image[]> {
  const context = contextOf(ref);
  return withClusterImages(context.paths, needState(context), (images) => images.list());
}
