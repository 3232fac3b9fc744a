/**
 * The labels and annotations that tie a sandbox or container to its pod, with Kubernetes' own names: a kubelet that starts
 * over what another left behind reads everything it must know from them. They are written once and never changed.
 */
import { createHash } from 'node:crypto';
import type { Container, Pod } from '@mkube/api';
import type { Container as RuntimeContainer, Labels, Sandbox } from '@mkube/runtime';
import { restartsForOther } from './spec.ts';

export const LABELS = {
  podName: 'io.kubernetes.pod.name',
  podNamespace: 'io.kubernetes.pod.namespace',
  podUid: 'io.kubernetes.pod.uid',
  containerName: 'io.kubernetes.container.name',
} as const;

export const ANNOTATIONS = {
  hash: 'io.kubernetes.container.hash',
  restartCount: 'io.kubernetes.container.restartCount',
  terminationMessagePath: 'io.kubernetes.container.terminationMessagePath',
  terminationMessagePolicy: 'io.kubernetes.container.terminationMessagePolicy',
  terminationGracePeriod: 'io.kubernetes.pod.terminationGracePeriod',
  preStop: 'io.kubernetes.container.preStopHandler',
  /** Seconds that the next restart of this container has to wait: the back-off outlives the kubelet. */
  backOff: 'mkube.io/restart-back-off',
  /** As the container was started for it; no runtime knows of it. Of those that are started again for another amount. */
  memoryRequest: 'mkube.io/memory-request',
} as const;

export const podLabels = (pod: Pod): Labels => ({
  ...pod.metadata.labels,
  [LABELS.podName]: pod.metadata.name,
  [LABELS.podNamespace]: pod.metadata.namespace,
  [LABELS.podUid]: pod.metadata.uid,
});

export const containerLabels = (pod: Pod, container: Container): Labels => ({
  [LABELS.podName]: pod.metadata.name,
  [LABELS.podNamespace]: pod.metadata.namespace,
  [LABELS.podUid]: pod.metadata.uid,
  [LABELS.containerName]: container.name,
});

export function containerAnnotations(
  pod: Pod,
  container: Container,
  restart: { attempt: number; backOffSeconds: number },
): Labels {
  return {
    [ANNOTATIONS.hash]: hashOf(container),
    [ANNOTATIONS.restartCount]: String(restart.attempt),
    [ANNOTATIONS.backOff]: String(restart.backOffSeconds),
    [ANNOTATIONS.terminationMessagePath]: container.terminationMessagePath ?? '/dev/termination-log',
    [ANNOTATIONS.terminationMessagePolicy]: container.terminationMessagePolicy ?? 'File',
    [ANNOTATIONS.terminationGracePeriod]: String(pod.spec.terminationGracePeriodSeconds ?? 30),
    ...(restartsForOther(container, 'memory') && {
      [ANNOTATIONS.memoryRequest]: container.resources?.requests?.['memory'] ?? '0',
    }),
    ...(container.lifecycle?.preStop && { [ANNOTATIONS.preStop]: JSON.stringify(container.lifecycle.preStop) }),
  };
}

/** Of what, when changed in the spec, means another container: as upstream, its name and image. */
export const hashOf = ({ name, image }: Container): string =>
  createHash('sha256').update(JSON.stringify({ name, image })).digest('hex').slice(0, 8);

export const podUidOf = ({ labels }: Pick<Sandbox | RuntimeContainer, 'labels'>): string | undefined =>
  labels[LABELS.podUid];

export const backOffSecondsOf = ({ annotations }: Pick<RuntimeContainer, 'annotations'>): number =>
  Number(annotations[ANNOTATIONS.backOff]) || 0;
