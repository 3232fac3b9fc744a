/** The engines that nodes can have besides runc and plain processes: containerd, a CRI socket of the user's, Docker. */
import fs from 'node:fs';
import {
  createCriRuntime,
  createDockerRuntime,
  createExec,
  openArchiveStore,
  type PodNetwork,
  pullThrough,
  type Runtime,
  startContainerd,
  withArchivedImages,
} from '@mkube/runtime';
import type { Logger } from 'pino';
import { namespacePath, nodeNamespace, prefixOf } from '../network/names.ts';
import type { ClusterNode, ClusterState } from '../state/cluster-state.ts';
import type { ClusterPaths } from '../state/paths.ts';
import { criSocketOf, engineLabels } from './names.ts';

export interface EnginePlace {
  paths: ClusterPaths;
  state: ClusterState;
  node: ClusterNode;
  log: Logger;
}

/** One of the node's own, in the node's network; it outlives the kubelet, which starts it again should it die. */
export async function openContainerd({ paths, state, node, log }: EnginePlace): Promise<Runtime> {
  const { engine, engineSocket } = paths.node(node.name);
  forbidRedirects();
  const containerd = await startContainerd({
    exec: createExec(),
    folder: engine,
    socketPath: engineSocket,
    network: { name: nodeNamespace(state.id, node.index), podCidr: node.podCidr, mtu: state.network.mtu },
    hostname: node.name,
  });
  const keeping = containerd.keep((err) => log.error({ err }, 'containerd died and does not start again'));
  const runtime = withArchivedImages(await createCriRuntime({ socketPath: containerd.socketPath }), {
    store: openArchiveStore(paths.images),
    load: (file) => containerd.load(file),
    pull: pullThrough(paths.imageSocket),
  });
  return {
    ...runtime,
    async close() {
      keeping.close();
      await runtime.close();
    },
  };
}

/** Neighbours are reached by the node on purpose: it must not tell pods of a shorter way. Of the namespace that this process is in. */
function forbidRedirects(): void {
  for (const link of ['all', 'default']) fs.writeFileSync(`/proc/sys/net/ipv4/conf/${link}/send_redirects`, '0');
}

export function openDocker({ state, node }: EnginePlace, network: () => PodNetwork): Promise<Runtime> {
  const cluster = prefixOf(state.id);
  const common = { socketPath: state.options.engineSocket, scope: { cluster, node: node.name } };
  if (state.network.mode === 'docker') return createDockerRuntime({ ...common, dockerNetwork: cluster });
  return createDockerRuntime({
    ...common,
    network: network(),
    nodeNamespace: namespacePath(nodeNamespace(state.id, node.index)),
  });
}

/** The engine and its network are the user's; only what carries our labels is ours. */
export function openCri({ state, node }: EnginePlace, runtime: `cri://${string}`): Promise<Runtime> {
  return createCriRuntime({ socketPath: criSocketOf(runtime), scope: engineLabels(state, node) });
}
