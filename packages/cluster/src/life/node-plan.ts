/** Pure: which nodes a cluster has, their names, indexes, addresses and ports. */
import { addressIn, podCidrOf } from '../network/subnets.ts';
import { ClusterError } from '../state/cluster-error.ts';
import type { ClusterNetwork, ClusterNode } from '../state/cluster-state.ts';
import { checkName } from '../state/names.ts';

/** Addresses .11 and on: below are the host and what may come. */
const FIRST_ADDRESS = 10;
export const MOST_NODES = 200;

export interface NewNode {
  name?: string;
}

/** One more node: the lowest index that is free; `node-<index>` unless named. */
export function planNode(network: ClusterNetwork, nodes: readonly ClusterNode[], wanted: NewNode = {}): ClusterNode {
  const index = lowestFree(nodes.map((n) => n.index));
  if (index > MOST_NODES) throw new ClusterError(`a cluster on one machine has at most ${MOST_NODES} nodes`);
  const name = wanted.name ?? `node-${index}`;
  checkName('node', name);
  if (nodes.some((n) => n.name === name))
    throw new ClusterError(
      `there is a node "${name}" already: choose another name, or 'mkube node remove ${name}' first`,
    );
  const separate = network.mode === 'namespaces' || network.mode === 'engine';
  return {
    name,
    index,
    address: separate ? addressIn(network.nodeCidr, FIRST_ADDRESS + index) : network.hostAddress,
    podCidr: network.podCidr === '' ? '' : podCidrOf(network.podCidr, index),
    kubeletPort: separate ? 10250 : 10249 + index,
    wanted: 'running',
  };
}

export function planNodes(network: ClusterNetwork, count: number, nodes: readonly ClusterNode[] = []): ClusterNode[] {
  const all = [...nodes];
  while (all.length < count) all.push(planNode(network, all));
  return all;
}

function lowestFree(taken: readonly number[]): number {
  let index = 1;
  while (taken.includes(index)) index++;
  return index;
}
