/** nodeSelector and node affinity. A pod that may only go to nodes it names (a DaemonSet's) is compared with those alone. */
import { matchesNodeAffinity, nodeAffinityScore } from '@mkube/api';
import type { NodeSelectorTerm } from '@mkube/api';
import { isNodeNews } from '../cluster-event.ts';
import type { PodInfo } from '../snapshot/pod-info.ts';
import { type NodeFilter, type Plugin, scaledToMost, unresolvable } from './plugin.ts';

const MISMATCH = unresolvable("node(s) didn't match Pod's node affinity/selector");

export const nodeAffinity: Plugin = {
  name: 'NodeAffinity',
  weight: 2,
  prepare({ pod }) {
    const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
    if (!required && !pod.spec.nodeSelector) return undefined;
    const filter: NodeFilter = ({ node }) => (node && matchesNodeAffinity(pod.spec, node) ? undefined : MISMATCH);
    const nodes = required && namedNodesOf(required.nodeSelectorTerms);
    return nodes ? { filter, nodes } : { filter };
  },
  wakes: (_pod, event) => isNodeNews(event, 'labels'),
  score({ pod }, nodes) {
    if (!pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution) return undefined;
    return scaledToMost(nodes.map(({ node }) => (node ? nodeAffinityScore(pod.spec, node) : 0)));
  },
};

/** The nodes that the terms name, when every term does. */
function namedNodesOf(terms: readonly NodeSelectorTerm[]): Set<string> | undefined {
  const named = terms.map(({ matchFields = [] }) =>
    matchFields.find(({ key, operator }) => key === 'metadata.name' && operator === 'In'),
  );
  if (named.length === 0 || named.includes(undefined)) return undefined;
  return new Set(named.flatMap((requirement) => requirement?.values ?? []));
}

/** For spread constraints that look only at nodes the pod may go to. */
export const mayGoTo = (pod: PodInfo, node: Parameters<NodeFilter>[0]): boolean =>
  node.node !== undefined && matchesNodeAffinity(pod.pod.spec, node.node);
