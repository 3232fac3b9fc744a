/** Which pods of a DaemonSet to make and delete, node by node, and its status. Pure. */
import {
  type DaemonSet,
  type DaemonSetStatus,
  type Node,
  type Pod,
  isPodAvailable,
  isPodReady,
  scaleIntOrPercent,
} from '@mkube/api';
import { isDeleting } from '@mkube/apimachinery';
import { REVISION_HASH } from '../owned/revisions.ts';
import { type Fitness, fitnessOf, targetNode } from './nodes.ts';

export interface DaemonFacts {
  daemonSet: DaemonSet;
  nodes: readonly Node[];
  /** The DaemonSet's own. */
  pods: readonly Pod[];
  /** Of the current template. */
  hash: string;
  now: Date;
}

export interface DaemonPlan {
  /** Names of the nodes that lack one. */
  create: string[];
  delete: Pod[];
  /** Ended where they should run: deleted too, with an event and with patience. */
  ended: { pod: Pod; nodeName: string }[];
}

interface Place {
  node: Node | undefined;
  name: string;
  fitness: Fitness;
  pods: Pod[];
}

const NOWHERE: Fitness = { shouldRun: false, mayStay: false };

function placesOf({ daemonSet, nodes, pods }: DaemonFacts): Place[] {
  const places = new Map<string, Place>(
    nodes.map((node) => [
      node.metadata.name,
      { node, name: node.metadata.name, fitness: fitnessOf(daemonSet, node), pods: [] },
    ]),
  );
  for (const pod of pods.toSorted(olderFirst)) {
    const name = targetNode(pod);
    if (name === undefined) continue;
    let place = places.get(name);
    if (!place) places.set(name, (place = { node: undefined, name, fitness: NOWHERE, pods: [] }));
    place.pods.push(pod);
  }
  return [...places.values()];
}

const olderFirst = (a: Pod, b: Pod): number =>
  a.metadata.creationTimestamp < b.metadata.creationTimestamp
    ? -1
    : a.metadata.creationTimestamp > b.metadata.creationTimestamp
      ? 1
      : a.metadata.name < b.metadata.name
        ? -1
        : 1;

export function planDaemonSet(facts: DaemonFacts): DaemonPlan {
  const plan: DaemonPlan = { create: [], delete: [], ended: [] };
  const places = placesOf(facts);
  for (const place of places) planPlace(place, facts, plan);
  if (facts.daemonSet.spec.updateStrategy?.type !== 'OnDelete') planRollingUpdate(places, facts, plan);
  plan.delete = [...new Set(plan.delete)];
  return plan;
}

function planPlace({ name, fitness, pods, node }: Place, facts: DaemonFacts, plan: DaemonPlan): void {
  if (fitness.shouldRun && pods.length === 0) plan.create.push(name);
  // Pods of a node that is gone are the pod garbage collector's.
  if (!fitness.mayStay) plan.delete.push(...(node ? pods.filter((pod) => !isDeleting(pod)) : []));
  if (!fitness.mayStay) return;
  const present = pods.filter((pod) => !isDeleting(pod));
  const isEnded = ({ status }: Pod) => status.phase === 'Failed' || status.phase === 'Succeeded';
  plan.ended.push(...present.filter(isEnded).map((pod) => ({ pod, nodeName: name })));
  plan.delete.push(
    ...doubles(
      present.filter((pod) => !isEnded(pod)),
      facts,
    ),
  );
}

/** One pod a node, the oldest; while it surges, one old and one new until the new one serves. */
function doubles(running: readonly Pod[], { daemonSet, hash, now }: DaemonFacts): Pod[] {
  if (maxSurgeOf(daemonSet, 1) === 0) return running.slice(1);
  const fresh = running.filter((pod) => isOf(pod, hash));
  const old = running.filter((pod) => !isOf(pod, hash));
  const surplus = [...fresh.slice(1), ...old.slice(1)];
  const [newest, oldest] = [fresh[0], old[0]];
  if (!newest || !oldest) return surplus;
  const isReplaced = !isPodReady(oldest) || isPodAvailable(newest, daemonSet.spec.minReadySeconds ?? 0, now);
  return isReplaced ? [...surplus, oldest] : surplus;
}

const isOf = ({ metadata }: Pod, hash: string): boolean => metadata.labels?.[REVISION_HASH] === hash;

const maxSurgeOf = ({ spec }: DaemonSet, desired: number): number =>
  scaleIntOrPercent(spec.updateStrategy?.rollingUpdate?.maxSurge ?? 0, desired, 'up') ?? 0;

function maxUnavailableOf({ spec }: DaemonSet, desired: number): number {
  const value = scaleIntOrPercent(spec.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, desired, 'up') ?? 1;
  return value;
}

function planRollingUpdate(places: readonly Place[], facts: DaemonFacts, plan: DaemonPlan): void {
  const wanted = places.filter(({ fitness }) => fitness.shouldRun);
  const maxSurge = maxSurgeOf(facts.daemonSet, wanted.length);
  if (maxSurge > 0) planSurge(wanted, { ...facts, maxSurge }, plan);
  else planReplacing(wanted, facts, plan);
}

const isServing = (pod: Pod, { daemonSet, now }: DaemonFacts): boolean =>
  !isDeleting(pod) && isPodAvailable(pod, daemonSet.spec.minReadySeconds ?? 0, now);

/** Old pods go as long as no more than maxUnavailable do not serve; those that do not serve anyway cost nothing. */
function planReplacing(places: readonly Place[], facts: DaemonFacts, plan: DaemonPlan): void {
  const candidates: Pod[] = [];
  let unavailable = 0;
  for (const { pods } of places) {
    const [pod, ...others] = pods;
    if (!pod || others.length > 0 || isOf(pod, facts.hash)) {
      if (!pods.some((p) => isServing(p, facts))) unavailable++;
    } else if (!isServing(pod, facts)) {
      unavailable++;
      if (!isDeleting(pod)) plan.delete.push(pod);
    } else candidates.push(pod);
  }
  const room = Math.max(0, maxUnavailableOf(facts.daemonSet, places.length) - unavailable);
  plan.delete.push(...candidates.slice(0, room));
}

/** New pods come beside old ones, at most maxSurge at a time; where the old one does not serve, at once. */
function planSurge(places: readonly Place[], facts: DaemonFacts & { maxSurge: number }, plan: DaemonPlan): void {
  const candidates: string[] = [];
  let surging = 0;
  for (const { name, pods } of places) {
    const present = pods.filter((pod) => !isDeleting(pod));
    const old = present.find((pod) => !isOf(pod, facts.hash));
    const fresh = present.some((pod) => isOf(pod, facts.hash));
    if (!old) continue;
    if (fresh) surging++;
    else if (!isServing(old, facts)) plan.create.push(name);
    else candidates.push(name);
  }
  plan.create.push(...candidates.slice(0, Math.max(0, facts.maxSurge - surging)));
}

export function daemonSetStatus(facts: DaemonFacts): DaemonSetStatus {
  const { daemonSet, hash } = facts;
  const places = placesOf(facts).filter(({ node }) => node !== undefined);
  const wanted = places.filter(({ fitness }) => fitness.shouldRun);
  const first = wanted.flatMap(({ pods }) => (pods[0] ? [pods[0]] : []));
  const any = (test: (pod: Pod) => boolean) =>
    wanted.filter(({ pods }) => pods.some((pod) => !isDeleting(pod) && test(pod))).length;
  const available = any((pod) => isServing(pod, facts));
  const count = (key: string, value: number) => (value === 0 ? {} : { [key]: value });
  const { collisionCount, conditions } = daemonSet.status;
  return {
    currentNumberScheduled: first.length,
    numberMisscheduled: places.filter(({ fitness, pods }) => !fitness.shouldRun && pods.length > 0).length,
    desiredNumberScheduled: wanted.length,
    numberReady: any(isPodReady),
    ...(daemonSet.metadata.generation !== undefined && { observedGeneration: daemonSet.metadata.generation }),
    ...count(
      'updatedNumberScheduled',
      any((pod) => isOf(pod, hash)),
    ),
    ...count('numberAvailable', available),
    ...count('numberUnavailable', wanted.length - available),
    ...(collisionCount !== undefined && { collisionCount }),
    ...(conditions && { conditions }),
  };
}
