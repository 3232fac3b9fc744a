/** What a pod's status says: ready, active, terminal, available; conditions by type. Pure, over read-only pods. */
import type { Pod, PodCondition, PodStatus } from '../../../generated/types/core-v1.ts';

export const podCondition = (pod: { status?: Pick<PodStatus, 'conditions'> }, type: string): PodCondition | undefined =>
  pod.status?.conditions?.find((c) => c.type === type);

/** The Ready condition is True; a pod that has none is not ready. */
export const isPodReady = (pod: Pod): boolean => podCondition(pod, 'Ready')?.status === 'True';

/** Succeeded or Failed: no container of it will ever run again. */
export const isPodTerminal = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';

/** Neither terminal nor being deleted: counts towards a controller's replicas. */
export const isPodActive = (pod: Pod): boolean => !isPodTerminal(pod) && pod.metadata.deletionTimestamp === undefined;

/** Terminal and not yet being deleted. */
export const isPodTerminating = (pod: Pod): boolean =>
  !isPodTerminal(pod) && pod.metadata.deletionTimestamp !== undefined;

export const podReadySince = (pod: Pod): string | undefined => {
  const ready = podCondition(pod, 'Ready');
  return ready?.status === 'True' ? ready.lastTransitionTime : undefined;
};

/** Ready for at least `minReadySeconds`. */
export function isPodAvailable(pod: Pod, minReadySeconds: number, now: Date): boolean {
  if (!isPodReady(pod)) return false;
  if (minReadySeconds === 0) return true;
  const since = podReadySince(pod);
  return since !== undefined && Date.parse(since) + minReadySeconds * 1000 <= now.getTime();
}

/**
 * The status with one condition set: its lastTransitionTime moves only when its status changes. The same status where the
 * condition is there already.
 */
export function withPodCondition<S extends Pick<PodStatus, 'conditions'>>(
  status: S,
  given: PodCondition,
  now: Date,
): S {
  const old = status.conditions?.find((c) => c.type === given.type);
  const lastTransitionTime =
    old && old.status === given.status && old.lastTransitionTime
      ? old.lastTransitionTime
      : (given.lastTransitionTime ?? timeOf(now));
  const next = { ...given, lastTransitionTime };
  if (old && sameCondition(old, next)) return status;
  const conditions = old
    ? (status.conditions ?? []).map((c) => (c === old ? next : c))
    : [...(status.conditions ?? []), next];
  return { ...status, conditions };
}

const sameCondition = (a: PodCondition, b: PodCondition): boolean =>
  a.status === b.status &&
  a.reason === b.reason &&
  a.message === b.message &&
  a.observedGeneration === b.observedGeneration &&
  a.lastProbeTime === b.lastProbeTime &&
  a.lastTransitionTime === b.lastTransitionTime;

const timeOf = (now: Date): string => `${now.toISOString().slice(0, 19)}Z`;
