/** Why no node can take a pod, in the words that Kubernetes' events and conditions have for it. */
import type { Unfit } from './plugins/plugin.ts';
import type { NodeInfo } from './snapshot/node-info.ts';

export interface Objection {
  plugin: string;
  unfit: Unfit;
}

export interface NodeFailure extends Objection {
  node: NodeInfo;
}

export interface FitError {
  /** How many nodes there are. */
  nodes: number;
  failures: readonly NodeFailure[];
  /** Nodes that were not asked, since a plugin names the few that come into question. */
  leftOut?: { count: number; plugin: string };
  /** The pod was turned away before any node was asked. */
  rejected?: { unfit: Unfit; plugin: string };
}

export const noNodes = (): FitError => ({ nodes: 0, failures: [] });

export const podRejected = (by: { rejected: Unfit; plugin: string }, nodes: number): FitError => ({
  nodes,
  failures: [],
  rejected: { unfit: by.rejected, plugin: by.plugin },
});

/** Plugins whose word it was. */
export const rejectedBy = ({ failures, leftOut, rejected }: FitError): Set<string> =>
  new Set([
    ...failures.map(({ plugin }) => plugin),
    ...(leftOut ? [leftOut.plugin] : []),
    ...(rejected ? [rejected.plugin] : []),
  ]);

/** '0/2 nodes are available: 1 Insufficient memory, 1 node(s) were unschedulable.' */
export function fitMessage(error: FitError): string {
  const { nodes, failures, leftOut, rejected } = error;
  if (nodes === 0) return 'no nodes available to schedule pods';
  if (rejected) return `0/${nodes} nodes are available: ${rejected.unfit.reasons.join(', ')}.`;
  const counts = countReasons(failures.flatMap(({ unfit }) => unfit.reasons));
  if (leftOut) counts.set(`node(s) didn't satisfy plugin(s) [${leftOut.plugin}]`, leftOut.count);
  return availability(nodes, counts);
}

/** '0/2 nodes are available: 1 this, 1 that.': reasons with their counts, sorted as text. */
export function availability(nodes: number, counts: ReadonlyMap<string, number>): string {
  const reasons = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  return `0/${nodes} nodes are available: ${reasons.join(', ')}.`;
}

export function countReasons(reasons: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return counts;
}
