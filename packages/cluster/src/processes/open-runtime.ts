/** The container engine of one node, over the node's own folder and the image store that all nodes share. */
import path from 'node:path';
import { createBridgeNetwork, createFakeRuntime, createRuncRuntime, type Runtime } from '@mkube/runtime';
import { nodeNamespace, POD_BRIDGE, prefixOf } from '../network/names.ts';
import type { ClusterNode, ClusterState } from '../state/cluster-state.ts';
import type { ClusterPaths } from '../state/paths.ts';

export interface RuntimePlace {
  paths: ClusterPaths;
  state: ClusterState;
  node: ClusterNode;
}

/** For a process inside the node's network namespace. */
export async function openRuntime(place: RuntimePlace): Promise<Runtime> {
  switch (place.state.options.runtime) {
    case 'fake':
      return createFakeRuntime();
    case 'runc':
    case 'auto':
      return openRunc(place);
    case 'process':
      throw new Error(`the driver ${place.state.options.runtime} is not there`);
  }
}

function openRunc({ paths, state, node }: RuntimePlace): Promise<Runtime> {
  const { root } = paths.node(node.name);
  const network = createBridgeNetwork({
    bridge: POD_BRIDGE,
    podCidr: node.podCidr,
    mtu: state.network.mtu,
    namePrefix: prefixOf(state.id),
    stateDir: path.join(root, 'network'),
  });
  const cgroupRoot = `/${nodeNamespace(state.id, node.index)}`;
  return createRuncRuntime({ root: path.join(root, 'runtime'), imageRoot: paths.images, network, cgroupRoot });
}
