/** For tests: what a plugin says of each node, by the node's name. */
import type { PodInfo } from '../snapshot/pod-info.ts';
import type { Snapshot } from '../snapshot.ts';
import type { Plugin } from './plugin.ts';

/** '' where the node will do; '!' before reasons that no eviction helps against. */
export function verdicts(plugin: Plugin, pod: PodInfo, snapshot: Snapshot): Record<string, string> {
  const prepared = plugin.prepare?.(pod, snapshot);
  return Object.fromEntries(
    snapshot.nodes.map((node) => {
      const unfit = prepared && ('rejected' in prepared ? prepared.rejected : prepared.filter(node));
      return [node.name, unfit ? `${unfit.unresolvable ? '!' : ''}${unfit.reasons.join(', ')}` : ''];
    }),
  );
}

/** Undefined where all nodes are the same to the plugin. */
export function scores(plugin: Plugin, pod: PodInfo, snapshot: Snapshot): Record<string, number> | undefined {
  const given = plugin.score?.(pod, snapshot.nodes, snapshot);
  return given && Object.fromEntries(snapshot.nodes.map((node, i) => [node.name, given[i] ?? NaN]));
}
