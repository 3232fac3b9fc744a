/** The container engine of one node, over the node's own folder and the image store that all nodes share. */
import path from 'node:path';
import { DEMO_IMAGE } from '@mkube/api/demo-image';
import {
  createBridgeNetwork,
  createFakeRuntime,
  createProcessRuntime,
  createRuncRuntime,
  type PodNetwork,
  pullThrough,
  type Runtime,
} from '@mkube/runtime';
import { type EnginePlace, openContainerd, openCri, openDocker } from '../engines/open-engine.ts';
import { marksOf } from './find-processes.ts';
import { mountMemory } from './mount-memory.ts';
import { helloCommand, supervisorCommand } from './entries.ts';
import { nodeNamespace, POD_BRIDGE, prefixOf } from '../network/names.ts';

/** For a process inside the node's network namespace. */
export async function openRuntime(place: EnginePlace): Promise<Runtime> {
  const { runtime } = place.state.options;
  switch (runtime) {
    case 'fake':
      return createFakeRuntime();
    case 'runc':
      return openRunc(place);
    case 'containerd':
      return openContainerd(place);
    case 'docker':
      return openDocker(place, () => podNetworkOf(place));
    case 'process':
      return openProcess(place);
    default:
      return openCri(place, runtime);
  }
}

/** Everything that a pod runs carries the cluster's marks in its environment: that is how it is found when nodes are turned off. */
function openProcess({ paths, state, node }: EnginePlace): Promise<Runtime> {
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

function podNetworkOf({ paths, state, node }: EnginePlace): PodNetwork {
  return createBridgeNetwork({
    bridge: POD_BRIDGE,
    podCidr: node.podCidr,
    mtu: state.network.mtu,
    namePrefix: prefixOf(state.id),
    stateDir: path.join(paths.node(node.name).root, 'network'),
  });
}

async function openRunc(place: EnginePlace): Promise<Runtime> {
  const { paths, state, node, log } = place;
  const { root } = paths.node(node.name);
  const cgroupRoot = `/${nodeNamespace(state.id, node.index)}`;
  const live = path.join(root, 'runtime', 'live');
  await mountMemory(live, log);
  return createRuncRuntime({
    root: path.join(root, 'runtime'),
    live,
    imageRoot: paths.images,
    network: podNetworkOf(place),
    cgroupRoot,
    pullImage: pullThrough(paths.imageSocket),
  });
}
