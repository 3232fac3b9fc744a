/**
 * What a plugin is: pure functions over a pod and the snapshot. A filter says why a node cannot take the pod; a score says which of those
 * that can are better; `wakes` says which changes may help a pod that the plugin turned away. `plugins/all.ts` lists them in order.
 */
import type { PodInfo } from '../snapshot/pod-info.ts';
import type { NodeInfo } from '../snapshot/node-info.ts';
import type { Snapshot } from '../snapshot.ts';
import type { ClusterEvent } from '../cluster-event.ts';

/** Why a node cannot take the pod, in the words of FailedScheduling. */
export interface Unfit {
  reasons: readonly string[];
  /** Nothing that may be evicted would help. */
  unresolvable: boolean;
}

export type NodeFilter = (node: NodeInfo) => Unfit | undefined;

/** What a filter plugin has to say of one pod; prepared once per attempt, then asked for every node. */
export type Prepared =
  | { filter: NodeFilter }
  /** Only these nodes come into question. */
  | { filter: NodeFilter; nodes: ReadonlySet<string> }
  /** No node can. */
  | { rejected: Unfit };

export interface Plugin {
  readonly name: string;
  /** Undefined: the pod does not concern this plugin. */
  prepare?(pod: PodInfo, snapshot: Snapshot): Prepared | undefined;
  /** A change that may help a pod which this plugin turned away. */
  wakes?(pod: PodInfo, event: ClusterEvent, snapshot: Snapshot): boolean;
  /** How much its scores count. */
  readonly weight?: number;
  /** 0 (worst) to 100 for each node; undefined when all are the same. */
  score?(pod: PodInfo, nodes: readonly NodeInfo[], snapshot: Snapshot): readonly number[] | undefined;
}

export const MOST = 100;

export const unfit = (reason: string): Unfit => ({ reasons: [reason], unresolvable: false });
export const unresolvable = (reason: string): Unfit => ({ reasons: [reason], unresolvable: true });

/** Raw sums scaled so that the largest becomes 100; undefined when none is above 0. */
export function scaledToMost(raw: readonly number[]): number[] | undefined {
  const most = Math.max(...raw);
  return most > 0 ? raw.map((value) => Math.floor((value * MOST) / most)) : undefined;
}
