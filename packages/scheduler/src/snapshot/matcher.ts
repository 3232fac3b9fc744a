/**
 * A condition on pods (namespaces and a label selector), as affinity terms and spread constraints state them. Matchers that say the
 * same have the same id; `bucket` is one key that every matching pod carries among its `bucketsOf`, so that finding the matchers
 * that may concern a pod does not mean trying them all.
 */
import type { PodAffinityTerm } from '@mkube/api';
import { type LabelSelector, type Labels, type Selector, selectorOf } from '@mkube/apimachinery';

/** What a matcher needs to know of a pod. */
export interface MatchablePod {
  readonly namespace: string;
  readonly labels: Labels;
  /** UID of the ReplicaSet, StatefulSet or ReplicationController that owns it. */
  readonly owner: string | undefined;
}

export type NamespaceLabels = (namespace: string) => Labels | undefined;

export interface PodMatcher {
  readonly id: string;
  readonly bucket: string;
  /** Depends on namespaces' labels. */
  readonly byNamespaceLabels: boolean;
  matches(pod: MatchablePod, namespaceLabels: NamespaceLabels): boolean;
}

const ANY_NAMESPACE = '*';
const bucketOf = (namespace: string, label = ''): string => `${namespace}\0${label}`;

/** Every bucket that a matcher of this pod may lie in. */
export function bucketsOf({ namespace, labels, owner }: MatchablePod): string[] {
  const buckets = [bucketOf(namespace), bucketOf(ANY_NAMESPACE)];
  for (const key of Object.keys(labels)) {
    const label = `${key}=${labels[key]}`;
    buckets.push(bucketOf(namespace, label), bucketOf(ANY_NAMESPACE, label));
  }
  if (owner) buckets.push(`owner\0${owner}`);
  return buckets;
}

/** Pods of one namespace with a selector; `exact` labels must match as well (matchLabelKeys). */
export function selectorMatcher(options: {
  namespace: string;
  selector: LabelSelector | undefined;
  exact?: Labels;
}): PodMatcher {
  const { namespace, exact = {} } = options;
  const given = options.selector;
  const selector = selectorOf(given && { ...given, matchLabels: { ...given.matchLabels, ...exact } });
  return {
    id: JSON.stringify([[namespace], given ? selector.toString() : null]),
    bucket: bucketOf(namespace, firstLabelOf(selector)),
    byNamespaceLabels: false,
    matches: (pod) => pod.namespace === namespace && selector.matches(pod.labels),
  };
}

/** Pods with the same owner. */
export const ownerMatcher = (owner: string): PodMatcher => ({
  id: `owner ${owner}`,
  bucket: `owner\0${owner}`,
  byNamespaceLabels: false,
  matches: (pod) => pod.owner === owner,
});

/** Pods that an affinity term of a pod in `namespace` speaks of. */
export function termMatcher(term: PodAffinityTerm, namespace: string): PodMatcher {
  const selector = selectorOf(term.labelSelector);
  const everywhere = term.namespaceSelector && selectorOf(term.namespaceSelector);
  const named = term.namespaces?.length ? term.namespaces : everywhere ? [] : [namespace];
  const namespaces = new Set(named);
  const [only] = named;
  return {
    id: JSON.stringify([
      [...namespaces].sort(),
      term.labelSelector ? selector.toString() : null,
      ...(everywhere ? [everywhere.toString()] : []),
    ]),
    bucket: bucketOf(only && named.length === 1 && !everywhere ? only : ANY_NAMESPACE, firstLabelOf(selector)),
    byNamespaceLabels: everywhere !== undefined && !everywhere.empty,
    matches: (pod, namespaceLabels) =>
      selector.matches(pod.labels) &&
      (namespaces.has(pod.namespace) || (everywhere?.matches(namespaceLabels(pod.namespace) ?? {}) ?? false)),
  };
}

/** Pods that every one of these matches. */
export function allOf(matchers: readonly PodMatcher[]): PodMatcher {
  const [first] = matchers;
  if (first && matchers.every(({ id }) => id === first.id)) return first;
  return {
    id: matchers.map(({ id }) => id).join('&'),
    bucket: first?.bucket ?? bucketOf(ANY_NAMESPACE),
    byNamespaceLabels: matchers.some(({ byNamespaceLabels }) => byNamespaceLabels),
    matches: (pod, namespaceLabels) => matchers.every((matcher) => matcher.matches(pod, namespaceLabels)),
  };
}

/** One label that whatever the selector matches carries, '' when it names none. */
function firstLabelOf(selector: Selector): string {
  for (const { key, operator, values } of selector.requirements) {
    const equals = operator === '=' || operator === '==' || operator === 'in';
    if (equals && values.length === 1) return `${key}=${values[0]}`;
  }
  return '';
}
