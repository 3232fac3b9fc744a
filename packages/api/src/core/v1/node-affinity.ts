/** Which nodes a pod may go to: nodeSelector and node affinity. Terms are ORed, what stands in a term is ANDed. */
import type {
  Node,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  Pod,
} from '../../generated/types/core-v1.ts';

type NodeLike = Pick<Node, 'metadata'>;

/** nodeSelector and requiredDuringSchedulingIgnoredDuringExecution. */
export function matchesNodeAffinity(spec: Pod['spec'], node: NodeLike): boolean {
  const labels = node.metadata.labels ?? {};
  for (const [key, value] of Object.entries(spec.nodeSelector ?? {}))
    if (!Object.hasOwn(labels, key) || labels[key] !== value) return false;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined || matchesNodeSelector(required, node);
}

export const matchesNodeSelector = (selector: NodeSelector, node: NodeLike): boolean =>
  selector.nodeSelectorTerms.some((term) => matchesNodeSelectorTerm(term, node));

/** An empty term matches no node. */
export function matchesNodeSelectorTerm(term: NodeSelectorTerm, node: NodeLike): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  return (
    matchExpressions.every((r) => matchesRequirement(r, node.metadata.labels ?? {})) &&
    matchFields.every((r) => matchesRequirement(r, { 'metadata.name': node.metadata.name }))
  );
}

/** Sum of the weights of the preferred terms that match. */
export const nodeAffinityScore = (spec: Pod['spec'], node: NodeLike): number =>
  (spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [])
    .filter((p) => p.weight !== 0 && matchesNodeSelectorTerm(p.preference, node))
    .reduce((sum, p) => sum + p.weight, 0);

function matchesRequirement(
  { key, operator, values = [] }: NodeSelectorRequirement,
  labels: Record<string, string>,
): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return compareInts(value, values[0]) > 0;
    case 'Lt':
      return compareInts(value, values[0]) < 0;
  }
}

/** NaN, which is neither above nor below, where one of them is no integer. */
function compareInts(a: string | undefined, b: string | undefined): number {
  const int = /^[+-]?[0-9]{1,19}$/;
  if (a === undefined || b === undefined || !int.test(a) || !int.test(b)) return Number.NaN;
  return BigInt(a) > BigInt(b) ? 1 : BigInt(a) < BigInt(b) ? -1 : 0;
}
