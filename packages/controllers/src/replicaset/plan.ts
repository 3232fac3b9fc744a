/** What a ReplicaSet lacks or has too many of, and what its status says then. Pure. */
import {
  type Pod,
  type ReplicaSet,
  type ReplicaSetCondition,
  type ReplicaSetStatus,
  isPodActive,
  isPodAvailable,
  isPodReady,
  isPodTerminating,
} from '@mkube/api';
import { formatTime } from '@mkube/apimachinery';
import { BURST_REPLICAS } from '../owned/pod-control.ts';
import { cheapestFirst } from '../owned/rank.ts';

export interface ReplicaSetPlan {
  create: number;
  delete: Pod[];
}

export interface ReplicaSetFacts {
  /** The pods that are this ReplicaSet's. */
  pods: readonly Pod[];
  /** Active pods of all ReplicaSets with the same owner, its own included. */
  related: readonly Pod[];
  now: Date;
}

export function planReplicaSet(
  { spec }: Pick<ReplicaSet, 'spec'>,
  { pods, related, now }: ReplicaSetFacts,
): ReplicaSetPlan {
  const active = pods.filter(isPodActive);
  const surplus = active.length - (spec.replicas ?? 1);
  const toDelete = Math.min(Math.max(0, surplus), BURST_REPLICAS);
  return {
    create: Math.min(Math.max(0, -surplus), BURST_REPLICAS),
    delete: toDelete > 0 ? cheapestFirst(active, { related, now }).slice(0, toDelete) : [],
  };
}

export interface StatusFacts {
  pods: readonly Pod[];
  failure: { reason: 'FailedCreate' | 'FailedDelete'; message: string } | undefined;
  now: Date;
}

export function replicaSetStatus(rs: ReplicaSet, { pods, failure, now }: StatusFacts): ReplicaSetStatus {
  const active = pods.filter(isPodActive);
  const labels = Object.entries(rs.spec.template.metadata?.labels ?? {});
  const isFullyLabeled = ({ metadata }: Pod) => labels.every(([key, value]) => metadata.labels?.[key] === value);
  const conditions = conditionsOf(rs, failure, now);
  return {
    replicas: active.length,
    ...count('fullyLabeledReplicas', active.filter(isFullyLabeled).length),
    ...count('readyReplicas', active.filter(isPodReady).length),
    ...count(
      'availableReplicas',
      active.filter((pod) => isPodAvailable(pod, rs.spec.minReadySeconds ?? 0, now)).length,
    ),
    terminatingReplicas: pods.filter(isPodTerminating).length,
    ...(rs.metadata.generation !== undefined && { observedGeneration: rs.metadata.generation }),
    ...(conditions.length > 0 && { conditions }),
  };
}

/** The server leaves zeroes out, and statuses are compared with what it stores. */
const count = <K extends string>(key: K, value: number): { [P in K]?: number } =>
  (value === 0 ? {} : { [key]: value }) as { [P in K]?: number };

function conditionsOf({ status }: ReplicaSet, failure: StatusFacts['failure'], now: Date): ReplicaSetCondition[] {
  const old = status.conditions ?? [];
  const others = old.filter(({ type }) => type !== 'ReplicaFailure');
  if (!failure) return others;
  const known = old.find(({ type }) => type === 'ReplicaFailure');
  if (known?.status === 'True' && known.reason === failure.reason) return [...others, known];
  return [...others, { type: 'ReplicaFailure', status: 'True', ...failure, lastTransitionTime: formatTime(now) }];
}

/** When a pod that is ready will have been so for minReadySeconds: milliseconds from now, if one has yet to be. */
export function nextAvailableIn(pods: readonly Pod[], minReadySeconds: number, now: Date): number | undefined {
  if (minReadySeconds === 0) return undefined;
  const waits = pods
    .filter((pod) => isPodActive(pod) && isPodReady(pod) && !isPodAvailable(pod, minReadySeconds, now))
    .map((pod) => readyAt(pod) + minReadySeconds * 1000 - now.getTime());
  return waits.length > 0 ? Math.max(0, Math.min(...waits)) : undefined;
}

const readyAt = (pod: Pod): number =>
  Date.parse(pod.status.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime ?? '') || 0;
