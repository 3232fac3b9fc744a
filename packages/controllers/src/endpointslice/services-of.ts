/** The Services whose selector picks a pod: whose endpoints its change concerns. */
import { isDeepStrictEqual } from 'node:util';
import { type Pod, type Service, isPodReady } from '@mkube/api';
import { keyOf, selectorOf } from '@mkube/apimachinery';
import type { Lister } from '@mkube/client';
import { selectedPods } from '../owned/selected-pods.ts';

/** Only what endpoints show of a pod counts: most updates of a pod touch none of it. */
export const serviceKeysOf =
  (services: Lister<Service>) =>
  (pod: Pod, old?: Pod): string[] => {
    if (old && isDeepStrictEqual(shownOf(pod), shownOf(old))) return [];
    const keys = services
      .list(pod.metadata.namespace)
      .filter((service) => [pod, old].some((p) => p && selects(service, p)))
      .map((service) => keyOf(service));
    return keys;
  };

/** The pods that a Service with a selector stands for; they are indexed by label. */
export const podsOf = ({ spec, metadata }: Service, pods: Lister<Pod>): Pod[] =>
  selectedPods(pods, metadata.namespace, selectorOf({ matchLabels: spec.selector ?? {} }));

export function selects({ spec }: Service, { metadata }: Pod): boolean {
  const selector = Object.entries(spec.selector ?? {});
  return selector.length > 0 && selector.every(([key, value]) => metadata.labels?.[key] === value);
}

const shownOf = (pod: Pod) => [
  pod.metadata.labels,
  pod.metadata.deletionTimestamp,
  pod.status.podIP,
  pod.status.phase,
  isPodReady(pod),
  pod.spec.nodeName,
  pod.metadata.uid,
];
