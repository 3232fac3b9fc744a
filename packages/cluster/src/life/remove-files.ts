/** Takes a cluster's folder away, after everything that used it has ended. */
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { removeByDocker } from '@mkube/runtime';
import { removeMounts } from '../network/teardown.ts';
import { prefixOf } from '../network/names.ts';
import { mountPoints } from '../network/observe.ts';
import { ClusterError, codeOf, explainFileError } from '../state/cluster-error.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import { socketFolder, type ClusterPaths } from '../state/paths.ts';
import type { ClusterContext } from './context.ts';

export async function removeFiles({ paths, id }: ClusterContext): Promise<void> {
  for (let round = 0; ; round++) {
    await unmountAll(paths.root);
    try {
      fs.rmSync(paths.root, { recursive: true, force: true });
      removeSockets(id);
      return;
    } catch (error) {
      // a mount that a dying process made last, or its last file
      if (round === 20 || !['EBUSY', 'ENOTEMPTY'].includes(codeOf(error) ?? ''))
        throw explainFileError(`remove ${paths.root}`, error);
      await wait(50);
    }
  }
}

/** What is mounted in it is not the cluster's to remove: it may be anybody's files. */
async function unmountAll(folder: string): Promise<void> {
  const isMounted = (): boolean => mountPoints().some((point) => point === folder || point.startsWith(`${folder}/`));
  if (process.platform !== 'linux' || !isMounted()) return;
  await removeMounts([folder]);
  if (isMounted())
    throw new ClusterError(`something is mounted below ${folder} and stays so: unmount it, and try again`);
}

/** Without root, what containers of Docker wrote is not the caller's to remove. */
export async function removeFilesOfContainers(paths: ClusterPaths, state: ClusterState): Promise<void> {
  const { engineSocket: socketPath } = state.options;
  if (state.network.mode !== 'docker' || socketPath === undefined) return;
  for (const folder of [paths.nodes, paths.volumes].filter((name) => fs.existsSync(name)))
    await removeByDocker(folder, { socketPath, cluster: prefixOf(state.id) });
}

/** Those that had to be made elsewhere, because the folder's path is too long for sockets. */
function removeSockets(id: string): void {
  const folder = socketFolder();
  const ours = fs.readdirSync(folder).filter((name) => name.startsWith(`${prefixOf(id)}-`));
  for (const name of ours) fs.rmSync(path.join(folder, name), { force: true });
}
