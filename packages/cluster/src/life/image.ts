/** `mkube image …`: the image store of a cluster, which all its nodes share. Works on a cluster that is down as well. */
import fs from 'node:fs';
import { type Image, openImageStore } from '@mkube/runtime';
import { ClusterError } from '../state/cluster-error.ts';
import { type ClusterContext, type ClusterRef, contextOf, needState } from './context.ts';
import { runStep } from './progress.ts';

/** Loads an archive (docker save, OCI layout; a file, a folder or a stream); gives the references that it brought. */
export async function imageLoad(
  ref: ClusterRef & { archive: string | AsyncIterable<Buffer>; tag?: string },
): Promise<string[]> {
  const context = contextOf(ref);
  const store = storeOf(context);
  const { archive, tag, signal } = ref;
  if (typeof archive === 'string' && !fs.existsSync(archive)) throw new ClusterError(`there is no file ${archive}`);
  return runStep(context.progress, 'image', 'Loading image', async () => {
    try {
      return await store.load(archive, { ...(signal && { signal }), ...(tag !== undefined && { ref: tag }) });
    } catch (error) {
      const what = typeof archive === 'string' ? archive : 'the archive';
      throw new ClusterError(`cannot load ${what}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  });
}

export function imageList(ref: ClusterRef): Promise<Image[]> {
  return Promise.resolve(storeOf(contextOf(ref)).list());
}

function storeOf(context: ClusterContext) {
  const state = needState(context);
  if (state.options.runtime === 'runc') return openImageStore(context.paths.images);
  throw new ClusterError(
    `cluster "${state.name}" runs on the driver "${state.options.runtime}", which has no images: make one with --runtime runc`,
  );
}
