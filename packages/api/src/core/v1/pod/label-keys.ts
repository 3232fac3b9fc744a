/**
 * matchLabelKeys and mismatchLabelKeys of affinity terms and spread constraints: on creation, the pod's own values of these
 * labels become requirements of the term's selector. A term without a selector matches nothing and stays as it is.
 */
import type { LabelSelector } from '@mkube/apimachinery';
import type { Pod, PodAffinity, PodAffinityTerm } from '../../../generated/types/core-v1.ts';

type Labels = Readonly<Record<string, string>>;

export function withLabelKeys(pod: Pod): Pod {
  const { affinity, topologySpreadConstraints } = pod.spec ?? {};
  const { podAffinity, podAntiAffinity } = affinity ?? {};
  if (!podAffinity && !podAntiAffinity && !topologySpreadConstraints) return pod;
  const labels = pod.metadata.labels ?? {};
  return {
    ...pod,
    spec: {
      ...pod.spec,
      ...(affinity && {
        affinity: {
          ...affinity,
          ...(podAffinity && { podAffinity: withTerms(podAffinity, labels) }),
          ...(podAntiAffinity && { podAntiAffinity: withTerms(podAntiAffinity, labels) }),
        },
      }),
      ...(topologySpreadConstraints && {
        topologySpreadConstraints: topologySpreadConstraints.map((constraint) => withSelector(constraint, labels)),
      }),
    },
  };
}

function withTerms(affinity: PodAffinity, labels: Labels): PodAffinity {
  const required = affinity.requiredDuringSchedulingIgnoredDuringExecution;
  const preferred = affinity.preferredDuringSchedulingIgnoredDuringExecution;
  return {
    ...affinity,
    ...(required && {
      requiredDuringSchedulingIgnoredDuringExecution: required.map((term) => withSelector(term, labels)),
    }),
    ...(preferred && {
      preferredDuringSchedulingIgnoredDuringExecution: preferred.map((term) =>
        term.podAffinityTerm
          ? { ...term, podAffinityTerm: withSelector<PodAffinityTerm>(term.podAffinityTerm, labels) }
          : term,
      ),
    }),
  };
}

interface Keyed {
  labelSelector?: LabelSelector;
  matchLabelKeys?: string[];
  mismatchLabelKeys?: string[];
}

function withSelector<T extends Keyed>(term: T, labels: Labels): T {
  const { labelSelector, matchLabelKeys = [], mismatchLabelKeys = [] } = term;
  if (!labelSelector || matchLabelKeys.length + mismatchLabelKeys.length === 0) return term;
  const added = [...requirements(matchLabelKeys, 'In', labels), ...requirements(mismatchLabelKeys, 'NotIn', labels)];
  if (added.length === 0) return term;
  const matchExpressions = [...(labelSelector.matchExpressions ?? []), ...added];
  return { ...term, labelSelector: { ...labelSelector, matchExpressions } };
}

const requirements = (keys: readonly string[], operator: 'In' | 'NotIn', labels: Labels) =>
  keys.flatMap((key) => {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    return value === undefined ? [] : [{ key, operator, values: [value] }];
  });
