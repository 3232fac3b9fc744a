/** Which pods stand behind a Service, and how each of them answers. Shared by Endpoints and EndpointSlices. Pure. */
import { type Pod, type Service, isPodReady, isPodTerminal } from '@mkube/api';
import { isDeleting } from '@mkube/apimachinery';

export interface Answer {
  pod: Pod;
  ip: string;
  /** Serving and not going, or published whatever it is. */
  ready: boolean;
  serving: boolean;
  terminating: boolean;
}

/** Pods with an address that have not ended. A pod that is going still serves those that have nobody else. */
export const answersOf = (service: Service, pods: readonly Pod[]): Answer[] =>
  pods.flatMap((pod) => {
    const ip = pod.status.podIP;
    if (!ip || isPodTerminal(pod)) return [];
    const serving = isPodReady(pod);
    const terminating = isDeleting(pod);
    const ready = service.spec.publishNotReadyAddresses === true || (serving && !terminating);
    return [{ pod, ip, ready, serving, terminating }];
  });

/** The pod's own name below the Service's, where it asks for one. */
export const hostnameOf = ({ spec, metadata }: Pod, service: Service): string | undefined =>
  spec.hostname && spec.subdomain === service.metadata.name && metadata.namespace === service.metadata.namespace
    ? spec.hostname
    : undefined;

export const targetOf = ({ metadata }: Pod) => ({
  kind: 'Pod',
  namespace: metadata.namespace,
  name: metadata.name,
  uid: metadata.uid,
});

/** The last change that these endpoints come from: what latency is measured from. */
export function lastChange(service: Service, answers: readonly Answer[]): string {
  const times = answers.flatMap(
    ({ pod }) => pod.status.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime ?? [],
  );
  return times.reduce((a, b) => (a > b ? a : b), service.metadata.creationTimestamp);
}
