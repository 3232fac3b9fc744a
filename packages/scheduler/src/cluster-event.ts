/** A change that may help a pod which could not be scheduled. */
import type { PodInfo } from './snapshot/pod-info.ts';

export type ClusterEvent =
  | { kind: 'nodeAdded'; node: string }
  | { kind: 'nodeChanged'; node: string; what: ReadonlySet<NodeAspect> }
  /** A pod was bound (by anybody). */
  | { kind: 'podPlaced'; pod: PodInfo }
  /** A pod on a node has other labels, or asks for less. */
  | { kind: 'podChanged'; pod: PodInfo }
  | { kind: 'podRemoved'; pod: PodInfo }
  | { kind: 'namespaceChanged' }
  /** A claim, a volume or a storage class. */
  | { kind: 'volumesChanged' };

export type NodeAspect = 'allocatable' | 'labels' | 'taints' | 'unschedulable' | 'images';

/** A node is new, or one of these aspects of it. */
export const isNodeNews = (event: ClusterEvent, ...aspects: readonly NodeAspect[]): boolean =>
  event.kind === 'nodeAdded' || (event.kind === 'nodeChanged' && aspects.some((aspect) => event.what.has(aspect)));
