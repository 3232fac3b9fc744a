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
    const keys: string[] = [];
    for (const service of services.list(pod.metadata.namespace))
      if (selects(service, pod) || (old && selects(service, old))) keys.push(keyOf(service));
    return keys;
  };

/** The pods that a Service with a selector stands for; they are indexed by label. */
export const podsOf = ({ spec, metadata }: Service, pods: Lister<Pod>): Pod[] =>
  selectedPods(pods, metadata.namespace, selectorOf({ matchLabels: spec.selector ?? {} }));

/** A Service without a selector stands for no pod. */
export function selects({ spec: { selector } }: Service, { metadata: { labels } }: Pod): boolean {
  let isAsked = false;
  for (const key in selector) {
    if (labels?.[key] !== selector[key]) return false;
    isAsked = true;
  }
  return isAsked;
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
