/** Pods that nobody else will ever clear away: too many ended ones, those of nodes that are gone, those that never had one. Pure. */
import { type Node, type Pod, isNodeReady, isPodTerminal } from '@mkube/api';
import { isDeleting } from '@mkube/apimachinery';

const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';

export interface Garbage {
  pod: Pod;
  /** What its DisruptionTarget condition says, where it had not ended yet. */
  message?: string;
}

export interface PodGcFacts {
  pods: readonly Pod[];
  nodeOf: (name: string) => Node | undefined;
  /** Nodes that have been gone for long enough to be believed. */
  vanished: ReadonlySet<string>;
  threshold: number;
}

export function planPodGc({ pods, nodeOf, vanished, threshold }: PodGcFacts): Garbage[] {
  return [
    ...tooMany(pods, threshold).map((pod) => ({ pod })),
    ...pods
      .filter(({ spec }) => vanished.has(spec.nodeName ?? ''))
      .map((pod) => ({ pod, message: 'PodGC: node no longer exists' })),
    ...pods.filter((pod) => isDeleting(pod) && !pod.spec.nodeName).map((pod) => ({ pod })),
    ...pods.filter((pod) => isDeleting(pod) && isOutOfService(nodeOf(pod.spec.nodeName ?? ''))).map((pod) => ({ pod })),
  ];
}

function tooMany(pods: readonly Pod[], threshold: number): Pod[] {
  if (threshold <= 0) return [];
  const ended = pods.filter((pod) => isPodTerminal(pod) && !isDeleting(pod));
  if (ended.length <= threshold) return [];
  return ended
    .toSorted((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1))
    .slice(0, ended.length - threshold);
}

const isOutOfService = (node: Node | undefined): boolean =>
  node !== undefined && !isNodeReady(node) && (node.spec.taints ?? []).some(({ key }) => key === OUT_OF_SERVICE);
