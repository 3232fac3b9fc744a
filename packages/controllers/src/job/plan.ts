/** What a Job does next: pods to make and delete, finalizers to take off, its status, and when to look again. Pure. */
import { type Job, type JobCondition, type JobStatus, type Pod, podFromTemplate } from '@mkube/api';
import { type Input, formatTime, isDeleting } from '@mkube/apimachinery';
import { BURST_REPLICAS } from '../owned/pod-control.ts';
import { cheapestFirst } from '../owned/rank.ts';
import { COMPLETION_INDEX, formatIndexes, indexOf } from './indexes.ts';
import {
  TRACKING,
  type Tally,
  failureAnnotations,
  indexFailures,
  isFailed,
  isIndexed,
  isTracked,
  tallyOf,
  waitsForEnd,
} from './tally.ts';
import { type Verdict, deadlineIn, isFinished, verdictOn } from './verdict.ts';

export interface JobFacts {
  job: Job;
  /** The Job's own. */
  pods: readonly Pod[];
  now: Date;
}

export interface JobPlan {
  create: Input<Pod>[];
  delete: Pod[];
  status: JobStatus;
  /** Once the status is stored: those whose end it tells of. */
  untrack: Pod[];
  events: { type: 'Normal' | 'Warning'; reason: string; message: string }[];
  /** Milliseconds. */
  requeueAfter?: number;
}

export function planJob(facts: JobFacts): JobPlan {
  const { job, pods, now } = facts;
  if (isFinished(job))
    return { create: [], delete: [], status: job.status, untrack: pods.filter(isTracked), events: [] };
  const tally = tallyOf(job, pods);
  const verdict = verdictOn({ job, pods, tally, now });
  const isSuspended = job.spec.suspend === true;
  const mayCreate = !verdict && !isSuspended && !isDeleting(job);
  const wait = mayCreate ? backoffLeft(facts) : 0;
  const missing = mayCreate && wait <= 0 ? missingPods(facts, tally) : [];
  const surplus = verdict || isSuspended ? tally.active : surplusPods(facts, tally);
  const { status, events } = nextStatus(facts, tally, verdict);
  const requeueAfter = soonest([deadlineIn(job, now), wait > 0 ? wait : undefined]);
  return {
    create: missing,
    delete: surplus,
    status,
    untrack: untrackable(job, pods, status),
    events,
    ...(requeueAfter !== undefined && !verdict && { requeueAfter }),
  };
}

const soonest = (times: (number | undefined)[]): number | undefined => {
  const known = times.filter((time) => time !== undefined);
  return known.length > 0 ? Math.max(0, Math.min(...known)) : undefined;
};

/** How many pods should be at work. */
function wanted({ spec }: Job, tally: Tally): number {
  const parallelism = spec.parallelism ?? 1;
  if (spec.completions === undefined)
    return tally.succeeded > 0 ? Math.min(parallelism, tally.active.length) : parallelism;
  return Math.max(0, Math.min(parallelism, spec.completions - tally.succeeded - tally.failedIndexes.size));
}

function surplusPods({ job, now }: JobFacts, tally: Tally): Pod[] {
  const over = tally.active.length - wanted(job, tally);
  return over > 0
    ? cheapestFirst(tally.active, { related: tally.active, now }).slice(0, Math.min(over, BURST_REPLICAS))
    : [];
}

function missingPods({ job, pods }: JobFacts, tally: Tally): Input<Pod>[] {
  const atWork = tally.active.length + (waitsForEnd(job) ? tally.terminating : 0);
  const count = Math.min(wanted(job, tally) - atWork, BURST_REPLICAS);
  if (count <= 0) return [];
  if (!isIndexed(job)) return Array.from({ length: count }, () => jobPod(job));
  return freeIndexes(job, pods, tally)
    .slice(0, count)
    .map((index) => indexedPod(job, pods, index));
}

function freeIndexes(job: Job, pods: readonly Pod[], tally: Tally): number[] {
  const waiting = waitsForEnd(job)
    ? pods.filter((pod) => isDeleting(pod) && !isFailed(pod, job) && pod.status.phase !== 'Succeeded')
    : [];
  const taken = new Set([...tally.active, ...waiting].map(indexOf));
  const all = Array.from({ length: job.spec.completions ?? 0 }, (_, index) => index);
  return all.filter(
    (index) => !taken.has(index) && !tally.succeededIndexes.has(index) && !tally.failedIndexes.has(index),
  );
}

function jobPod(job: Job): Input<Pod> {
  const pod = podFromTemplate(job.spec.template, job, job);
  return { ...pod, metadata: { ...pod.metadata, finalizers: [...(pod.metadata?.finalizers ?? []), TRACKING] } };
}

function indexedPod(job: Job, pods: readonly Pod[], index: number): Input<Pod> {
  const pod = jobPod(job);
  const at = String(index);
  const failures = pods.filter((p) => indexOf(p) === index && isFailed(p, job)).map((p) => indexFailures(p) + 1);
  const perIndex = job.spec.backoffLimitPerIndex === undefined ? {} : failureAnnotations(Math.max(0, ...failures));
  const env = {
    name: 'JOB_COMPLETION_INDEX',
    valueFrom: { fieldRef: { fieldPath: `metadata.labels['${COMPLETION_INDEX}']` } },
  };
  const withIndex = <C extends { env?: { name: string }[] }>(container: C): C =>
    container.env?.some(({ name }) => name === env.name)
      ? container
      : { ...container, env: [...(container.env ?? []), env] };
  const { spec } = job.spec.template;
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      generateName: `${job.metadata.name}-${index}-`,
      labels: { ...pod.metadata?.labels, [COMPLETION_INDEX]: at },
      annotations: { ...pod.metadata?.annotations, [COMPLETION_INDEX]: at, ...perIndex },
    },
    spec: {
      ...spec,
      hostname: spec.hostname ?? `${job.metadata.name}-${index}`,
      containers: spec.containers.map(withIndex),
      ...(spec.initContainers && { initContainers: spec.initContainers.map(withIndex) }),
    },
  };
}

const FIRST_BACKOFF_MS = 10_000;
const LONGEST_BACKOFF_MS = 600_000;

/** Milliseconds until another pod may be made: ten seconds after a failure, doubled by each that followed the last success. */
function backoffLeft({ job, pods, now }: JobFacts): number {
  const lastSuccess = Math.max(
    0,
    ...pods.filter(({ status }) => status.phase === 'Succeeded').map((pod) => endOf(pod, now)),
  );
  const failures = pods
    .filter((pod) => pod.status.phase === 'Failed')
    .map((pod) => endOf(pod, now))
    .filter((at) => at > lastSuccess);
  if (failures.length === 0 || job.spec.backoffLimitPerIndex !== undefined) return 0;
  const delay = Math.min(FIRST_BACKOFF_MS * 2 ** (failures.length - 1), LONGEST_BACKOFF_MS);
  return Math.max(...failures) + delay - now.getTime();
}

function endOf({ status }: Pod, now: Date): number {
  const ends = (status.containerStatuses ?? [])
    .flatMap(({ state }) => state?.terminated?.finishedAt ?? [])
    .map((time) => Date.parse(time));
  const ready = status.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime;
  return ends.length > 0 ? Math.max(...ends) : ready ? Date.parse(ready) : now.getTime();
}

/** Ended pods that the status (about to be stored) tells of, and those that it will never tell of. */
function untrackable(job: Job, pods: readonly Pod[], status: JobStatus): Pod[] {
  const told = new Set([
    ...(status.uncountedTerminatedPods?.succeeded ?? []),
    ...(status.uncountedTerminatedPods?.failed ?? []),
  ]);
  return pods.filter(isTracked).filter((pod) => {
    if (told.has(pod.metadata.uid) || isDeleting(job)) return true;
    const isEnded = pod.status.phase === 'Succeeded' || isFailed(pod, job);
    // By index an end is told in completedIndexes; an ignored failure is told nowhere.
    return isEnded && (pod.status.phase === 'Failed' || isIndexed(job)) && !told.has(pod.metadata.uid);
  });
}

function nextStatus(facts: JobFacts, tally: Tally, verdict: Verdict | undefined): Pick<JobPlan, 'status' | 'events'> {
  const { job, pods, now } = facts;
  const events: JobPlan['events'] = [];
  const { conditions, resumed } = suspension(facts, events);
  const uncounted = nextUncounted(job, pods, tally);
  const isSettled =
    tally.active.length + tally.terminating + uncounted.succeeded.length + uncounted.failed.length === 0;
  const decided = decide(conditions, { verdict, isSettled, now }, events);
  const counts = countsOf(job, pods, tally);
  const startTime = job.spec.suspend
    ? undefined
    : resumed || !job.status.startTime
      ? formatTime(now)
      : job.status.startTime;
  const isDone = decided.some(({ type, status }) => type === 'Complete' && status === 'True');
  const status: JobStatus = {
    ...(decided.length > 0 && { conditions: decided }),
    ...(startTime && { startTime }),
    ...(isDone && { completionTime: job.status.completionTime ?? formatTime(now) }),
    ...nonZero('active', verdict && isSettled ? 0 : tally.active.length),
    ...counts,
    terminating: tally.terminating,
    ...(isIndexed(job) &&
      tally.succeededIndexes.size > 0 && { completedIndexes: formatIndexes(tally.succeededIndexes) }),
    ...(job.spec.backoffLimitPerIndex !== undefined && { failedIndexes: formatIndexes(tally.failedIndexes) }),
    uncountedTerminatedPods: { ...list('succeeded', uncounted.succeeded), ...list('failed', uncounted.failed) },
    ready: tally.ready,
  };
  return { status, events };
}

const nonZero = (key: string, value: number) => (value === 0 ? {} : { [key]: value });
const list = (key: string, uids: string[]) => (uids.length === 0 ? {} : { [key]: uids });

/** Counted: what was so before, and those listed whose finalizer is seen to be gone. */
function countsOf(job: Job, pods: readonly Pod[], tally: Tally): Pick<JobStatus, 'succeeded' | 'failed'> {
  const left = (uids: string[] | undefined) => (uids ?? []).filter((uid) => !isStillTracked(uid, pods)).length;
  const { uncountedTerminatedPods: uncounted } = job.status;
  const succeeded = isIndexed(job)
    ? tally.succeededIndexes.size
    : (job.status.succeeded ?? 0) + left(uncounted?.succeeded);
  return {
    ...nonZero('succeeded', succeeded),
    ...nonZero('failed', (job.status.failed ?? 0) + left(uncounted?.failed)),
  };
}

const isStillTracked = (uid: string, pods: readonly Pod[]): boolean =>
  pods.some((pod) => pod.metadata.uid === uid && isTracked(pod));

function nextUncounted(job: Job, pods: readonly Pod[], tally: Tally): { succeeded: string[]; failed: string[] } {
  const kept = (uids: string[] | undefined) => (uids ?? []).filter((uid) => isStillTracked(uid, pods));
  const { uncountedTerminatedPods: uncounted } = job.status;
  const uidsOf = (ended: readonly Pod[]) => ended.map(({ metadata }) => metadata.uid);
  return {
    succeeded: isIndexed(job) ? [] : [...kept(uncounted?.succeeded), ...uidsOf(tally.newlySucceeded)],
    failed: [...kept(uncounted?.failed), ...uidsOf(tally.newlyFailed)],
  };
}

function suspension(
  { job, now }: JobFacts,
  events: JobPlan['events'],
): { conditions: JobCondition[]; resumed: boolean } {
  const conditions = job.status.conditions ?? [];
  const current = conditions.find(({ type }) => type === 'Suspended');
  const set = (status: 'True' | 'False', reason: string, message: string) => {
    const next = condition('Suspended', status, { reason, message, now });
    events.push({ type: 'Normal', reason: status === 'True' ? 'Suspended' : 'Resumed', message });
    return [...conditions.filter(({ type }) => type !== 'Suspended'), next];
  };
  if (job.spec.suspend && current?.status !== 'True')
    return { conditions: set('True', 'JobSuspended', 'Job suspended'), resumed: false };
  if (!job.spec.suspend && current?.status === 'True')
    return { conditions: set('False', 'JobResumed', 'Job resumed'), resumed: true };
  return { conditions, resumed: false };
}

interface Decision {
  verdict: Verdict | undefined;
  isSettled: boolean;
  now: Date;
}

/** First it is announced, so that nothing new begins; when the last pod has ended and is counted, it is so. */
function decide(
  conditions: JobCondition[],
  { verdict, isSettled, now }: Decision,
  events: JobPlan['events'],
): JobCondition[] {
  if (!verdict) return conditions;
  const { outcome, reason, message } = verdict;
  const announced = outcome === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget';
  const has = (type: string) => conditions.some((c) => c.type === type && c.status === 'True');
  const next = has(announced)
    ? [...conditions]
    : [...conditions, condition(announced, 'True', { reason, message, now })];
  if (!isSettled) return next;
  if (outcome === 'Complete') events.push({ type: 'Normal', reason: 'Completed', message: 'Job completed' });
  else events.push({ type: 'Warning', reason, message });
  return [...next, condition(outcome, 'True', { reason, message, now })];
}

function condition(
  type: string,
  status: string,
  { reason, message, now }: { reason: string; message: string; now: Date },
): JobCondition {
  const time = formatTime(now);
  return { type, status, lastProbeTime: time, lastTransitionTime: time, reason, message };
}
