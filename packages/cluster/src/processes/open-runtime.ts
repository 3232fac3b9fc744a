/** The container engine of one node, over the node's own folder and the image store that all nodes share. */
import path from 'node:path';
import type { Runtime } from '@mkube/runtime';
import type { Logger } from 'pino';
import type { ClusterNode, ClusterState } from '../state/cluster-state.ts';
import type { ClusterPaths } from '../state/paths.ts';

export interface RuntimePlace {
  paths: ClusterPaths;
  state: ClusterState;
  node: ClusterNode;
  log: Logger;
}

/** Each driver's code is loaded when it is the one. */
export async function openRuntime({ paths, state, node, log }: RuntimePlace): Promise<Runtime> {
  const root = path.join(paths.node(node.name).root, 'runtime');
  switch (state.options.runtime) {
    case 'fake':
      return (await import('@mkube/runtime')).createFakeRuntime({});
    case 'auto':
    case 'runc':
    case 'process':
      log.debug({ root }, 'opening');
      throw new Error(`the driver ${state.options.runtime} is not there`);
  }
}
