/** The container engine of one node, over the node's own folder and the image store that all nodes share. */
import path from 'node:path';
import { DEMO_IMAGE } from '@mkube/api/demo-image';
import {
  createBridgeNetwork,
  createFakeRuntime,
  createProcessRuntime,
  createRuncRuntime,
  pullThrough,
  type Runtime,
} from '@mkube/runtime';
import { marksOf } from './find-processes.ts';
import { helloCommand, supervisorCommand } from './entries.ts';
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
      return openProcess(place);
  }
}

/** Everything that a pod runs carries the cluster's marks in its environment: that is how it is found when nodes are turned off. */
function openProcess({ paths, state, node }: RuntimePlace): Promise<Runtime> {
  const env = marksOf(state, node);
  const supervisor = supervisorCommand();
  return createProcessRuntime({
    root: path.join(paths.node(node.name).root, 'runtime'),
    images: { host: { env }, [DEMO_IMAGE]: { argv: helloCommand(), env } },
    podCidr: loopbackCidr(state.id, node.index),
    ...(supervisor && { supervisor }),
  });
}

/** Pods get addresses of loopback: 127.64.0.0 and on, a /24 for a node, apart for clusters of one machine where that can be. */
function loopbackCidr(id: string, index: number): string {
  return `127.${64 + (Number(id) % 190)}.${index}.0/24`;
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
  return createRuncRuntime({
    root: path.join(root, 'runtime'),
    imageRoot: paths.images,
    network,
    cgroupRoot,
    pullImage: pullThrough(paths.imageSocket),
  });
}
