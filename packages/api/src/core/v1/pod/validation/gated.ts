/** While a gate holds a pod back, where it may go can still be narrowed down. */
import { type FieldError, invalid } from '@mkube/apimachinery';
import type { Affinity, NodeAffinity, NodeSelectorTerm, PodSpec } from '../../../../generated/types/core-v1.ts';
import { sameValue } from '../../../../validation/checks.ts';

/** `spec` with what a gated pod may change set back to what it was, and what is wrong with the changes. */
export function ungated(spec: PodSpec, old: PodSpec): { spec: PodSpec; faults: FieldError[] } {
  if ((old.schedulingGates ?? []).length === 0) return { spec, faults: [] };
  const { nodeSelector: _s, affinity: _a, ...rest } = spec;
  const affinity = affinityOf(spec.affinity, old.affinity);
  return {
    spec: {
      ...rest,
      ...(old.nodeSelector && { nodeSelector: old.nodeSelector }),
      ...(affinity && { affinity }),
    },
    faults: [
      ...selectorFaults(spec.nodeSelector, old.nodeSelector),
      ...affinityFaults(spec.affinity?.nodeAffinity, old.affinity?.nodeAffinity),
    ],
  };
}

function selectorFaults(next: PodSpec['nodeSelector'], old: PodSpec['nodeSelector'] = {}): FieldError[] {
  const kept = Object.entries(old).every(([key, value]) => next?.[key] === value);
  const only = 'only additions to spec.nodeSelector are allowed (no mutations or deletions)';
  return kept ? [] : [invalid('spec.nodeSelector', next ?? null, only)];
}

/** The new affinity with the old one's part about nodes. */
function affinityOf(next: Affinity | undefined, old: Affinity | undefined): Affinity | undefined {
  const { nodeAffinity: _, ...others } = next ?? {};
  if (sameValue(next?.nodeAffinity, old?.nodeAffinity)) return next;
  if (!old && Object.keys(others).length === 0) return undefined;
  return { ...others, ...(old?.nodeAffinity && { nodeAffinity: old.nodeAffinity }) };
}

function affinityFaults(next: NodeAffinity | undefined, old: NodeAffinity | undefined): FieldError[] {
  const before = termsOf(old);
  const after = termsOf(next);
  const at = 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms';
  if (before.length === 0) return [];
  if (before.length !== after.length)
    return [
      invalid(
        at,
        after.length > 0 ? after.map(asGo) : null,
        'no additions/deletions to non-empty NodeSelectorTerms list are allowed',
      ),
    ];
  return before.flatMap((term, i) => {
    const wanted = after[i] ?? {};
    return isNarrowed(wanted, term)
      ? []
      : [invalid(`${at}[${i}]`, asGo(wanted), 'only additions are allowed (no mutations or deletions)')];
  });
}

const termsOf = (affinity: NodeAffinity | undefined): readonly NodeSelectorTerm[] =>
  affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];

/** An empty term matches nothing, and stays empty. */
function isNarrowed(next: NodeSelectorTerm, old: NodeSelectorTerm): boolean {
  const lists = ['matchExpressions', 'matchFields'] as const;
  const count = (term: NodeSelectorTerm) => lists.reduce((sum, key) => sum + (term[key] ?? []).length, 0);
  if (count(old) === 0) return count(next) === 0;
  return lists.every((key) => sameValue((next[key] ?? []).slice(0, (old[key] ?? []).length), old[key] ?? []));
}

/** The message shows terms as their Go struct. */
const asGo = ({ matchExpressions, matchFields }: NodeSelectorTerm) => ({
  MatchExpressions: requirements(matchExpressions),
  MatchFields: requirements(matchFields),
});

const requirements = (list: NodeSelectorTerm['matchExpressions']) =>
  list?.map(({ key, operator, values }) => ({ Key: key, Operator: operator, Values: values ?? null })) ?? null;
