/** For tests: objects with what they are about, and a snapshot of them. */
import type { Node, Pod, Service } from '@mkube/api';
import type { Input } from '@mkube/apimachinery';
import { type PodInfo, podInfoOf } from './snapshot/pod-info.ts';
import { type Lookups, Snapshot } from './snapshot.ts';

type PodInput = Input<Omit<Pod, 'metadata'>> & { metadata?: Input<Pod['metadata']> };

/** A pod named `name` with one container; `spec` is laid over. */
export function podOf(name: string, { metadata, spec, status }: PodInput = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', uid: `uid-${name}`, ...metadata },
    spec: { containers: [{ name: 'c', image: 'busybox' }], ...spec },
    status,
  } as unknown as Pod;
}

export const infoOf = (name: string, pod: PodInput = {}): PodInfo => podInfoOf(podOf(name, pod));

/** A pod that asks for so much; the priority is the usual 0. */
export const asking = (requests: Record<string, string>, more: PodInput = {}): PodInput => ({
  ...more,
  spec: { containers: [{ name: 'c', image: 'busybox', resources: { requests } }], ...more.spec },
});

/** A node with 4 CPUs, 8 GiB and room for 10 pods. */
export function nodeOf(
  name: string,
  node: Input<Omit<Node, 'metadata'>> & { labels?: Record<string, string> } = {},
): Node {
  const { labels, spec = {}, status } = node;
  const allocatable = { cpu: '4', memory: '8Gi', 'ephemeral-storage': '100Gi', pods: '10', ...status?.allocatable };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } },
    spec,
    status: { ...status, allocatable },
  } as unknown as Node;
}

/** Nodes, and the pods on each by its name. */
export function snapshotOf(
  nodes: readonly Node[],
  placed: Record<string, readonly PodInfo[]> = {},
  lookups: Partial<Lookups> & { serviceList?: readonly Input<Service>[] } = {},
): Snapshot {
  const snapshot = new Snapshot({
    namespaceLabels: () => undefined,
    services: () => (lookups.serviceList ?? []) as Service[],
    claim: () => undefined,
    volume: () => undefined,
    storageClass: () => undefined,
    ...lookups,
  });
  for (const node of nodes) snapshot.setNode(node);
  for (const [node, pods] of Object.entries(placed)) for (const pod of pods) snapshot.placePod(pod, node);
  return snapshot;
}
