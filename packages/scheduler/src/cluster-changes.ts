/**
 * Keeps snapshot and queue as the informers see the cluster, and says what has changed in a way that may help a waiting pod. A pod that
 * the scheduler has assumed on a node stays there until the API confirms or somebody takes it back.
 */
import type { Node, Pod } from '@mkube/api';
import { isDeleting, keyOf } from '@mkube/apimachinery';
import { type Held, Kept } from '@mkube/client';
import { isDeepStrictEqual } from 'node:util';
import type { ClusterEvent, NodeAspect } from './cluster-event.ts';
import type { Informers } from './informers.ts';
import { SCHEDULER } from './pod-writes.ts';
import type { SchedulingQueue } from './queue.ts';
import { PodInfo } from './snapshot/pod-info.ts';
import type { Snapshot } from './snapshot.ts';

export interface FollowOptions {
  informers: Informers;
  snapshot: Snapshot;
  queue: SchedulingQueue;
  onEvent(event: ClusterEvent): void;
}

export function followCluster(options: FollowOptions): void {
  const { informers, snapshot } = options;
  const onEvent = (event: ClusterEvent): void => options.onEvent(event);
  informers.nodes.onChange({
    add: (node) => addNode(node, options),
    update: (node, old) => changeNode(node, old, options),
    delete: (node) => snapshot.removeNode(node.metadata.name),
  });
  informers.pods.onChange({
    add: (pod) => seePod(pod, undefined, options),
    update: (pod, old) => seePod(pod, old, options),
    delete: (pod) => losePod(pod, options),
  });
  const namespaceChanged = (): void => {
    snapshot.forgetNamespaceGroups();
    onEvent({ kind: 'namespaceChanged' });
  };
  informers.namespaces.onChange({
    add: namespaceChanged,
    update: (now, old) => {
      if (!isDeepStrictEqual(now.metadata.labels, old.metadata.labels)) namespaceChanged();
    },
  });
  const volumesChanged = (): void => onEvent({ kind: 'volumesChanged' });
  const anyChange = { add: volumesChanged, update: volumesChanged, delete: volumesChanged };
  informers.claims.onChange(anyChange);
  informers.volumes.onChange(anyChange);
  informers.storageClasses.onChange(anyChange);
}

function addNode(node: Node, { snapshot, onEvent }: FollowOptions): void {
  snapshot.setNode(node);
  onEvent({ kind: 'nodeAdded', node: node.metadata.name });
}

/** Heartbeats change nothing that the scheduler reads. */
function changeNode(node: Node, old: Node, { snapshot, onEvent }: FollowOptions): void {
  const what = changedAspects(node, old);
  if (what.size === 0) return;
  snapshot.setNode(node);
  onEvent({ kind: 'nodeChanged', node: node.metadata.name, what });
}

export function changedAspects(node: Node, old: Node): Set<NodeAspect> {
  const aspects: [NodeAspect, (node: Node) => unknown][] = [
    ['allocatable', ({ status }) => status?.allocatable],
    ['labels', ({ metadata }) => metadata.labels],
    ['taints', ({ spec }) => spec.taints],
    ['unschedulable', ({ spec }) => spec.unschedulable],
    ['images', ({ status }) => status?.images],
  ];
  return new Set(aspects.filter(([, of]) => !isDeepStrictEqual(of(node), of(old))).map(([aspect]) => aspect));
}

function seePod(pod: Pod, old: Pod | undefined, options: FollowOptions): void {
  if (pod.spec.nodeName) seePlacedPod(pod, pod.spec.nodeName, options);
  else seeWaitingPod(pod, old, options);
}

/** Most of what is heard of a pod with a node is its status: then nothing is parsed or counted again. */
function seePlacedPod(pod: Pod, node: string, options: FollowOptions): void {
  const { snapshot, queue, onEvent } = options;
  const key = keyOf(pod);
  const held = heldOf(key, pod, options);
  queue.delete(key);
  snapshot.forgetNomination(key);
  const placed = snapshot.placed(key);
  const isSame = placed?.node.name === node && placed.pod.uid === pod.metadata.uid;
  if (isSame && countsTheSame(placed.pod.pod, pod)) return snapshot.refreshPod(key, held);
  const info = new PodInfo(held);
  snapshot.placePod(info, node);
  onEvent({ kind: isSame ? 'podChanged' : 'podPlaced', pod: info });
}

/** The informer's way to the pod it has just told of. */
const heldOf = (key: string, pod: Pod, { informers }: FollowOptions): Held<Pod> =>
  informers.pods.lister.heldAt(key) ?? new Kept(pod);

/** Nothing that any counter depends on has changed; a resize changes the generation, or at least the containers. */
const countsTheSame = (a: Pod, b: Pod): boolean =>
  isDeepStrictEqual(a.metadata.labels, b.metadata.labels) &&
  (a.metadata.generation === undefined
    ? isDeepStrictEqual(a.spec.containers, b.spec.containers)
    : a.metadata.generation === b.metadata.generation);

function seeWaitingPod(pod: Pod, old: Pod | undefined, options: FollowOptions): void {
  const { snapshot, queue } = options;
  const key = keyOf(pod);
  if (snapshot.placed(key)?.pod.uid === pod.metadata.uid) return; // assumed: its binding is under way
  if (!isOurs(pod)) return queue.delete(key);
  const info = new PodInfo(heldOf(key, pod, options));
  const nominatedNodeName = pod.status?.nominatedNodeName;
  if (nominatedNodeName) snapshot.nominate(info, nominatedNodeName);
  else snapshot.forgetNomination(info.key);
  const again =
    old !== undefined &&
    !(isDeepStrictEqual(pod.spec, old.spec) && isDeepStrictEqual(pod.metadata.labels, old.metadata.labels));
  queue.put(info, again);
}

/** Waits for this scheduler, and for nothing else. */
const isOurs = (pod: Pod): boolean =>
  (pod.spec.schedulerName ?? SCHEDULER) === SCHEDULER && !pod.spec.schedulingGates?.length && !isDeleting(pod);

function losePod(pod: Pod, { snapshot, queue, onEvent }: FollowOptions): void {
  const key = keyOf(pod);
  queue.delete(key);
  snapshot.forgetNomination(key);
  const placed = snapshot.removePod(key);
  if (placed) onEvent({ kind: 'podRemoved', pod: placed });
}
