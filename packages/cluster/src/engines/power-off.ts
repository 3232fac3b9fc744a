/**
 * What turning nodes off means to their engine, beyond killing processes: a shared engine is asked to end what is ours, whoever
 * else uses it; a containerd of ours loses what would not outlive a power cut. Engines that do not answer have nothing running.
 */
import fs from 'node:fs';
import { clearContainerd, clearCri, clearDocker, RuntimeError, whyNoDocker } from '@mkube/runtime';
import { nodeNamespace, prefixOf } from '../network/names.ts';
import type { Env } from '../state/caller.ts';
import type { ClusterNode, ClusterState } from '../state/cluster-state.ts';
import type { ClusterPaths } from '../state/paths.ts';
import { dockerSocketOf } from './docker-socket.ts';
import { criSocketOf, engineLabels, isCri } from './names.ts';

export interface EngineScope {
  paths: ClusterPaths;
  state: ClusterState;
  /** Absent: all nodes. */
  node?: ClusterNode;
}

/** Containers end, their records stay; after it they count as ended. Processes and mounts are gone before. */
export async function endContainers({ paths, state, node }: EngineScope): Promise<void> {
  await clearShared(state, node, false);
  for (const { name, index } of node === undefined ? state.nodes : [node])
    clearContainerd({ folder: paths.node(name).engine, network: nodeNamespace(state.id, index) });
}

/** A node, or the whole cluster, leaves for good. */
export const removeContainers = ({ state, node }: Omit<EngineScope, 'paths'>): Promise<void> =>
  clearShared(state, node, true);

/** As both, where the state file is lost: what carries the id is found without it. `env` says where dockerd may be. */
export async function clearWithoutState({ paths, id }: { paths: ClusterPaths; id: string }, env: Env): Promise<void> {
  for (const node of fs.existsSync(paths.nodes) ? fs.readdirSync(paths.nodes) : [])
    clearContainerd({ folder: paths.node(node).engine, network: prefixOf(id) });
  const socketPath = dockerSocketOf(env);
  if ((await whyNoDocker(socketPath)) === undefined)
    await clearDocker({ socketPath, cluster: prefixOf(id), remove: true });
}

async function clearShared(state: ClusterState, node: ClusterNode | undefined, remove: boolean): Promise<void> {
  const { id, options } = state;
  try {
    if (options.runtime === 'docker' && options.engineSocket !== undefined)
      await clearDocker({
        socketPath: options.engineSocket,
        cluster: prefixOf(id),
        ...(node && { node: node.name }),
        remove,
      });
    if (isCri(options.runtime))
      await clearCri({ socketPath: criSocketOf(options.runtime), labels: engineLabels(state, node), remove });
  } catch (error) {
    if (!(error instanceof RuntimeError && ['Unavailable', 'DeadlineExceeded'].includes(error.code))) throw error;
  }
}
