/**
 * Why a pod has to end, and by when. Pure. A reason found in the API outranks what the node knows by itself; once the API
 * has forgotten the pod, nothing else matters.
 */
import type { Pod } from '@mkube/api';
import { latestOf, currentSandbox, type ObservedPod } from './observed.ts';
import { alwaysRestarts, neverRestarts, shouldRestart } from './restart.ts';
import { graceSecondsOf, initContainersOf, isTerminal, mainContainersOf } from './spec.ts';

export interface Stop {
  reason: 'forgotten' | 'deleted' | 'evicted' | 'shutdown' | 'deadline' | 'ended';
  since: Date;
  graceSeconds: number;
}

/** What the node itself decided about a pod: it is final. */
export interface Verdict {
  reason: 'evicted' | 'shutdown' | 'deadline';
  since: Date;
  graceSeconds: number;
  /** As the pod's status will say. */
  status: { reason: string; message: string };
  /** Set where the pod is ended for the node's sake: the message of its condition DisruptionTarget. */
  disruption?: string;
}

export interface StopInput {
  pod: Pod;
  observed: ObservedPod;
  now: Date;
  /** When the API was first seen without the pod. */
  forgottenAt?: Date;
  /** When deletionTimestamp was first seen. */
  deletedAt?: Date;
  verdict?: Verdict;
}

export function stopOf({ pod, observed, now, forgottenAt, deletedAt, verdict }: StopInput): Stop | undefined {
  const graceSeconds = graceSecondsOf(pod);
  if (forgottenAt) return { reason: 'forgotten', since: deletedAt ?? forgottenAt, graceSeconds };
  if (pod.metadata.deletionTimestamp) return { reason: 'deleted', since: deletedAt ?? now, graceSeconds };
  if (verdict) return verdict;
  if (hasEnded(pod, observed)) return { reason: 'ended', since: now, graceSeconds };
  return undefined;
}

/** No container will ever run again: what remains is to record it. */
export function hasEnded(pod: Pod, observed: ObservedPod): boolean {
  if (isTerminal(pod) || initFailed(pod, observed)) return true;
  const containers = mainContainersOf(pod);
  if (containers.some((container) => alwaysRestarts(pod, container))) return false;
  const sandbox = currentSandbox(observed);
  const mains = containers.map((container) => ({
    container,
    last: latestOf(observed, container.spec.name),
  }));
  const isOnce = containers.every((container) => neverRestarts(pod, container));
  if (!sandbox && isOnce && mains.some(({ last }) => last && last.state !== 'created')) {
    return mains.every(({ last }) => last?.state !== 'running');
  }
  return mains.every(({ container, last }) => {
    if (last) return last.state === 'exited' && !shouldRestart(pod, container, last.exitCode ?? 137);
    const known = pod.status.containerStatuses?.find(({ name }) => name === container.spec.name)?.state.terminated;
    return known !== undefined && !shouldRestart(pod, container, known.exitCode);
  });
}

function initFailed(pod: Pod, observed: ObservedPod): boolean {
  return initContainersOf(pod).some((container) => {
    const last = latestOf(observed, container.spec.name);
    return last?.state === 'exited' && last.exitCode !== 0 && !shouldRestart(pod, container, last.exitCode ?? 137);
  });
}

/** The moment at which activeDeadlineSeconds is over. */
export function deadlineOf(pod: Pod, startedAt: Date | undefined): Date | undefined {
  const seconds = pod.spec.activeDeadlineSeconds;
  if (seconds === undefined || startedAt === undefined) return undefined;
  return new Date(startedAt.getTime() + seconds * 1000);
}
