/**
 * Who has ended how, counted exactly once: a pod that has ended is first listed in status.uncountedTerminatedPods, then
 * loses its tracking finalizer, and is counted when the finalizer is seen to be gone. So a pod that vanishes was counted,
 * and a controller that dies in between counts nobody twice. Pure.
 */
import { type Job, type Pod, isPodReady, isPodTerminal } from '@mkube/api';
import { hasFinalizer, isDeleting } from '@mkube/apimachinery';
import { matchFailurePolicy } from './failure-policy.ts';
import { indexOf, parseIndexes } from './indexes.ts';

export const TRACKING = 'batch.kubernetes.io/job-tracking';

export const isIndexed = ({ spec }: Job): boolean => spec.completionMode === 'Indexed';
export const isTracked = (pod: Pod): boolean => hasFinalizer(pod, TRACKING);

/** Only ended pods are replaced, not those that are about to end. */
export const waitsForEnd = ({ spec }: Job): boolean =>
  spec.podReplacementPolicy === 'Failed' || spec.podFailurePolicy !== undefined;

export function isFailed(pod: Pod, job: Job): boolean {
  if (pod.status.phase === 'Failed') return true;
  return !waitsForEnd(job) && isDeleting(pod) && pod.status.phase !== 'Succeeded';
}

export interface Tally {
  active: Pod[];
  ready: number;
  terminating: number;
  /** Ended since the status was written, tracked still. */
  newlySucceeded: Pod[];
  newlyFailed: Pod[];
  /** Failed, but by the failure policy not to be counted. */
  ignored: Pod[];
  /** In all, counted or not yet. */
  succeeded: number;
  failed: number;
  succeededIndexes: Set<number>;
  failedIndexes: Set<number>;
}

export function tallyOf(job: Job, pods: readonly Pod[]): Tally {
  const uncounted = {
    succeeded: new Set(job.status.uncountedTerminatedPods?.succeeded),
    failed: new Set(job.status.uncountedTerminatedPods?.failed),
  };
  const active = pods.filter((pod) => !isPodTerminal(pod) && !isDeleting(pod));
  const tracked = pods.filter(isTracked);
  const succeededPods = tracked.filter(({ status }) => status.phase === 'Succeeded');
  const failedPods = tracked.filter((pod) => isFailed(pod, job) && !uncounted.failed.has(pod.metadata.uid));
  const isIgnored = (pod: Pod) => matchFailurePolicy(job, pod)?.action === 'Ignore';
  const newlyFailed = failedPods.filter((pod) => !isIgnored(pod));
  const indexes = isIndexed(job) ? indexesOf(job, succeededPods) : new Set<number>();
  const newlySucceeded = succeededPods.filter(({ metadata }) => !uncounted.succeeded.has(metadata.uid));
  const counted = (job.status.succeeded ?? 0) + uncounted.succeeded.size + newlySucceeded.length;
  return {
    active,
    ready: active.filter(isPodReady).length,
    terminating: pods.filter((pod) => isDeleting(pod) && !isPodTerminal(pod)).length,
    newlySucceeded,
    newlyFailed,
    ignored: failedPods.filter(isIgnored),
    succeeded: isIndexed(job) ? indexes.size : counted,
    failed: (job.status.failed ?? 0) + uncounted.failed.size + newlyFailed.length,
    succeededIndexes: indexes,
    failedIndexes: failedIndexesOf(job, newlyFailed, indexes),
  };
}

function indexesOf(job: Job, succeeded: readonly Pod[]): Set<number> {
  const completions = job.spec.completions ?? 0;
  const indexes = parseIndexes(job.status.completedIndexes, completions);
  for (const pod of succeeded) {
    const index = indexOf(pod);
    if (index !== undefined && index < completions) indexes.add(index);
  }
  return indexes;
}

const FAILURES = 'batch.kubernetes.io/job-index-failure-count';
export const indexFailures = ({ metadata }: Pod): number => Number(metadata.annotations?.[FAILURES] ?? 0) || 0;
export const failureAnnotations = (failures: number): Record<string, string> => ({ [FAILURES]: String(failures) });

/** With backoffLimitPerIndex an index fails for itself. */
function failedIndexesOf(job: Job, newlyFailed: readonly Pod[], succeeded: ReadonlySet<number>): Set<number> {
  const { backoffLimitPerIndex, completions = 0 } = job.spec;
  if (backoffLimitPerIndex === undefined) return new Set();
  const failed = parseIndexes(job.status.failedIndexes, completions);
  for (const pod of newlyFailed) {
    const index = indexOf(pod);
    if (index === undefined || succeeded.has(index)) continue;
    if (indexFailures(pod) >= backoffLimitPerIndex || matchFailurePolicy(job, pod)?.action === 'FailIndex')
      failed.add(index);
  }
  return failed;
}
