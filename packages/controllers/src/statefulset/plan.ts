/**
 * What a StatefulSet does next. In order: members are made from the first on, each when the one before it serves, and taken
 * away from the last on; a roll-out goes from the last to the first. In parallel: all at once. Pure.
 */
import {
  type Pod,
  type PodTemplateSpec,
  type StatefulSet,
  type StatefulSetStatus,
  isPodAvailable,
  isPodReady,
} from '@mkube/api';
import { type Input, isDeleting } from '@mkube/apimachinery';
import { ordinalOf, revisionOfPod, startOf, statefulPod } from './identity.ts';

export type Step =
  | { action: 'createPod'; ordinal: number; pod: Input<Pod> }
  | { action: 'deletePod'; ordinal: number; pod: Pod; why: 'scale' | 'update' | 'ended' };

export interface Revision {
  /** The ControllerRevision's name. */
  name: string;
  template: PodTemplateSpec;
}

export interface StatefulFacts {
  set: StatefulSet;
  pods: readonly Pod[];
  current: Revision;
  update: Revision;
  now: Date;
}

export interface StatefulPlan {
  steps: Step[];
  status: StatefulSetStatus;
}

interface Member {
  ordinal: number;
  pod: Pod | undefined;
}

export function planStatefulSet(facts: StatefulFacts): StatefulPlan {
  const status = statefulSetStatus(facts);
  if (isDeleting(facts.set)) return { steps: [], status };
  const { members, condemned } = membersOf(facts);
  const isOrdered = facts.set.spec.podManagementPolicy !== 'Parallel';
  const steps = isOrdered ? inOrder(members, condemned, facts) : inParallel(members, condemned, facts);
  // In order, nothing happens past a member that does not serve: somebody has to look at it.
  const isHeldUp = isOrdered && [...members, ...condemned].some(({ pod }) => !pod || !isHealthy(pod, facts));
  return { steps: steps.length > 0 || isHeldUp ? steps : planUpdate(members, facts), status };
}

function membersOf({ set, pods }: StatefulFacts): { members: Member[]; condemned: Member[] } {
  const byOrdinal = new Map(pods.map((pod) => [ordinalOf(set, pod), pod]));
  const start = startOf(set);
  const end = start + (set.spec.replicas ?? 1);
  const members = Array.from({ length: end - start }, (_, i) => ({
    ordinal: start + i,
    pod: byOrdinal.get(start + i),
  }));
  const condemned = [...byOrdinal]
    .flatMap(([ordinal, pod]) =>
      ordinal !== undefined && (ordinal < start || ordinal >= end) ? [{ ordinal, pod }] : [],
    )
    .toSorted((a, b) => b.ordinal - a.ordinal);
  return { members, condemned };
}

const isEnded = ({ status }: Pod): boolean => status.phase === 'Failed' || status.phase === 'Succeeded';
const isServing = (pod: Pod): boolean => pod.status.phase === 'Running' && isPodReady(pod);

function isHealthy(pod: Pod, { set, now }: StatefulFacts): boolean {
  return isServing(pod) && !isDeleting(pod) && isPodAvailable(pod, set.spec.minReadySeconds ?? 0, now);
}

function inOrder(members: readonly Member[], condemned: readonly Member[], facts: StatefulFacts): Step[] {
  for (const { ordinal, pod } of members) {
    if (!pod) return [create(ordinal, facts)];
    if (isEnded(pod) && !isDeleting(pod)) return [{ action: 'deletePod', ordinal, pod, why: 'ended' }];
    if (!isHealthy(pod, facts)) return [];
  }
  const [last, ...before] = condemned;
  if (!last?.pod || isDeleting(last.pod)) return [];
  // One that does not serve stays while one before it does not either: that one is to be mended first.
  const waits = !isHealthy(last.pod, facts) && before.some(({ pod }) => pod && !isHealthy(pod, facts));
  return waits ? [] : [{ action: 'deletePod', ordinal: last.ordinal, pod: last.pod, why: 'scale' }];
}

function inParallel(members: readonly Member[], condemned: readonly Member[], facts: StatefulFacts): Step[] {
  const gone = [...members, ...condemned];
  return [
    ...members.filter(({ pod }) => !pod).map(({ ordinal }) => create(ordinal, facts)),
    ...gone.flatMap(({ ordinal, pod }): Step[] =>
      pod && isEnded(pod) && !isDeleting(pod) ? [{ action: 'deletePod', ordinal, pod, why: 'ended' }] : [],
    ),
    ...condemned.flatMap(({ ordinal, pod }): Step[] =>
      pod && !isEnded(pod) && !isDeleting(pod) ? [{ action: 'deletePod', ordinal, pod, why: 'scale' }] : [],
    ),
  ];
}

/** Members below the partition, and those that a roll-out has not come to, are made again as they were. */
function create(ordinal: number, { set, current, update }: StatefulFacts): Step {
  const { type, rollingUpdate } = set.spec.updateStrategy ?? {};
  const untouched = rollingUpdate ? (rollingUpdate.partition ?? 0) : (set.status.currentReplicas ?? 0);
  const isOld = type !== 'OnDelete' && ordinal < startOf(set) + untouched;
  const { name, template } = isOld ? current : update;
  return { action: 'createPod', ordinal, pod: statefulPod(set, { ordinal, template, revision: name }) };
}

/** From the last member down to the partition, one at a time: the next goes when the one before it serves again. */
function planUpdate(members: readonly Member[], facts: StatefulFacts): Step[] {
  const { set, update } = facts;
  if (set.spec.updateStrategy?.type === 'OnDelete') return [];
  const from = startOf(set) + (set.spec.updateStrategy?.rollingUpdate?.partition ?? 0);
  for (const { ordinal, pod } of members.toReversed()) {
    if (ordinal < from || !pod) return [];
    if (revisionOfPod(pod) !== update.name) {
      if (isDeleting(pod)) return [];
      return [{ action: 'deletePod', ordinal, pod, why: 'update' }];
    }
    if (!isHealthy(pod, facts)) return [];
  }
  return [];
}

export function statefulSetStatus(facts: StatefulFacts): StatefulSetStatus {
  const { set, pods, current, update, now } = facts;
  const staying = pods.filter((pod) => !isDeleting(pod));
  const of = (name: string) => staying.filter((pod) => revisionOfPod(pod) === name).length;
  const ready = pods.filter(isServing);
  const minReady = set.spec.minReadySeconds ?? 0;
  const counts = { replicas: pods.length, ready: ready.length, updated: of(update.name) };
  const isRolledOut =
    set.spec.updateStrategy?.type !== 'OnDelete' &&
    counts.updated === counts.replicas &&
    counts.ready === counts.replicas &&
    pods.length > 0;
  const isOne = isRolledOut || current.name === update.name;
  const number = (key: string, value: number) => (value === 0 ? {} : { [key]: value });
  const { collisionCount, conditions } = set.status;
  return {
    ...(set.metadata.generation !== undefined && { observedGeneration: set.metadata.generation }),
    replicas: counts.replicas,
    ...number('readyReplicas', counts.ready),
    ...number('currentReplicas', isOne ? counts.updated : of(current.name)),
    ...number('updatedReplicas', counts.updated),
    currentRevision: isOne ? update.name : current.name,
    updateRevision: update.name,
    ...(collisionCount !== undefined ? { collisionCount } : { collisionCount: 0 }),
    ...(conditions && { conditions }),
    availableReplicas: ready.filter((pod) => isPodAvailable(pod, minReady, now)).length,
  };
}
