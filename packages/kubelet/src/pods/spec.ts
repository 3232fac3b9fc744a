/**
 * Projections of a pod's spec that every room of the kubelet reads: which containers there are, in which order and of which
 * kind, how the pod is called in messages, how long it may take to end.
 */
import type { Container, EphemeralContainer, Pod } from '@mkube/api';

/** A sidecar is an init container with restartPolicy Always: it starts among the init containers and stays. */
export type ContainerKind = 'init' | 'sidecar' | 'main' | 'ephemeral';

export interface SpecContainer {
  kind: ContainerKind;
  spec: Container | EphemeralContainer;
}

export const initContainersOf = (pod: Pod): SpecContainer[] =>
  (pod.spec.initContainers ?? []).map((spec) => ({
    kind: spec.restartPolicy === 'Always' ? ('sidecar' as const) : ('init' as const),
    spec,
  }));

export const mainContainersOf = (pod: Pod): SpecContainer[] =>
  pod.spec.containers.map((spec) => ({ kind: 'main' as const, spec }));

export const ephemeralContainersOf = (pod: Pod): SpecContainer[] =>
  (pod.spec.ephemeralContainers ?? []).map((spec) => ({ kind: 'ephemeral' as const, spec }));

export const containersOf = (pod: Pod): SpecContainer[] => [
  ...initContainersOf(pod),
  ...mainContainersOf(pod),
  ...ephemeralContainersOf(pod),
];

export const findContainer = (pod: Pod, name: string): SpecContainer | undefined =>
  containersOf(pod).find(({ spec }) => spec.name === name);

/** 'web_default(6f1e…)', as messages and log lines name a pod. */
export const describePod = ({ metadata }: Pod): string => `${metadata.name}_${metadata.namespace}(${metadata.uid})`;

export const graceSecondsOf = (pod: Pod): number =>
  Math.max(0, pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30);

/** Where a pod that ended stays ended, whatever happens to its containers' records. */
export const isTerminal = (pod: Pod): boolean => pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed';

/** By its resizePolicy: it is started again to have another amount of the resource. */
export const restartsForOther = ({ resizePolicy = [] }: Container, name: 'cpu' | 'memory'): boolean =>
  resizePolicy.some(({ resourceName, restartPolicy }) => resourceName === name && restartPolicy === 'RestartContainer');
