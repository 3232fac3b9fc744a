/** What a CronJob does now: which jobs it forgets, deletes or starts, and when its next time is. Pure. */
import type { CronJob, Job, ObjectReference } from '@mkube/api';
import { type Input, controllerReferenceOf, formatTime, isConditionTrue } from '@mkube/apimachinery';
import { type Schedule, parseSchedule } from './schedule.ts';

export interface CronFacts {
  cronJob: CronJob;
  /** The CronJob's own. */
  jobs: readonly Job[];
  now: Date;
}

export interface CronPlan {
  events: { type: 'Normal' | 'Warning'; reason: string; message: string }[];
  /** Ended ones beyond the history limits. */
  forget: Job[];
  /** With Replace: those still at work. */
  replace: Job[];
  start?: { job: Input<Job>; at: Date };
  status: CronJob['status'];
  requeueAfter?: number;
}

const endOf = ({ status }: Job): 'Complete' | 'Failed' | undefined =>
  isConditionTrue(status.conditions, 'Complete')
    ? 'Complete'
    : isConditionTrue(status.conditions, 'Failed')
      ? 'Failed'
      : undefined;

export function planCronJob(facts: CronFacts): CronPlan {
  const plan: CronPlan = { events: [], forget: surplus(facts), replace: [], status: facts.cronJob.status };
  plan.status = settleActive(facts, plan);
  const schedule = scheduleOf(facts.cronJob, plan);
  if (!schedule || facts.cronJob.spec.suspend || facts.cronJob.metadata.deletionTimestamp) return plan;
  const next = schedule.next(facts.now);
  if (next) plan.requeueAfter = next.getTime() - facts.now.getTime() + 100;
  planStart(facts, schedule, plan);
  return plan;
}

/** The active list without those that have ended or vanished. */
function settleActive({ cronJob, jobs }: CronFacts, plan: CronPlan): CronJob['status'] {
  const { active = [], lastSuccessfulTime } = cronJob.status;
  let latest = lastSuccessfulTime;
  const kept: ObjectReference[] = [];
  for (const reference of active) {
    const job = jobs.find(({ metadata }) => metadata.uid === reference.uid);
    const end = job && endOf(job);
    if (!job)
      plan.events.push({ type: 'Normal', reason: 'MissingJob', message: `Active job went missing: ${reference.name}` });
    else if (end)
      plan.events.push({
        type: 'Normal',
        reason: 'SawCompletedJob',
        message: `Saw completed job: ${job.metadata.name}, condition: ${end}`,
      });
    else kept.push(reference);
  }
  for (const { status } of jobs.filter((job) => endOf(job) === 'Complete'))
    if (status.completionTime && (!latest || status.completionTime > latest)) latest = status.completionTime;
  for (const job of jobs) {
    if (endOf(job) || active.some(({ uid }) => uid === job.metadata.uid)) continue;
    plan.events.push({
      type: 'Warning',
      reason: 'UnexpectedJob',
      message: `Saw a job that the controller did not create or forgot: ${job.metadata.name}`,
    });
  }
  const { active: _, ...status } = cronJob.status;
  return { ...status, ...(kept.length > 0 && { active: kept }), ...(latest && { lastSuccessfulTime: latest }) };
}

function scheduleOf({ spec }: CronJob, plan: CronPlan): Schedule | undefined {
  try {
    return parseSchedule(spec.schedule, spec.timeZone);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const isZone = error instanceof RangeError;
    plan.events.push(
      isZone
        ? {
            type: 'Warning',
            reason: 'UnknownTimeZone',
            message: `invalid timeZone: ${JSON.stringify(spec.timeZone)}: ${why}`,
          }
        : {
            type: 'Warning',
            reason: 'UnparseableSchedule',
            message: `unparseable schedule: ${JSON.stringify(spec.schedule)} : ${why}`,
          },
    );
    return undefined;
  }
}

function planStart(facts: CronFacts, schedule: Schedule, plan: CronPlan): void {
  const { cronJob, now, jobs } = facts;
  const { startingDeadlineSeconds, concurrencyPolicy } = cronJob.spec;
  const deadline = startingDeadlineSeconds === undefined ? undefined : now.getTime() - startingDeadlineSeconds * 1000;
  const last = Date.parse(cronJob.status.lastScheduleTime ?? cronJob.metadata.creationTimestamp);
  const at = schedule.latest(now, new Date(last));
  if (!at) return;
  if (deadline !== undefined && at.getTime() < deadline) {
    plan.events.push({
      type: 'Warning',
      reason: 'MissSchedule',
      message: `Missed scheduled time to start a job: ${at.toUTCString()}`,
    });
    return;
  }
  const name = jobName(cronJob, at);
  if (jobs.some(({ metadata }) => metadata.name === name)) return;
  const active = plan.status.active ?? [];
  if (concurrencyPolicy === 'Forbid' && active.length > 0) {
    const message = 'Not starting job because prior execution is running and concurrency policy is Forbid';
    plan.events.push({ type: 'Normal', reason: 'JobAlreadyActive', message });
    return;
  }
  if (concurrencyPolicy === 'Replace')
    plan.replace = jobs.filter(({ metadata }) => active.some(({ uid }) => uid === metadata.uid));
  plan.start = { job: jobOf(cronJob, { name, at }), at };
}

const jobName = ({ metadata }: CronJob, at: Date): string => `${metadata.name}-${Math.floor(at.getTime() / 60_000)}`;

function jobOf(cronJob: CronJob, { name, at }: { name: string; at: Date }): Input<Job> {
  const { metadata, spec } = cronJob.spec.jobTemplate;
  return {
    metadata: {
      name,
      namespace: cronJob.metadata.namespace,
      labels: { ...metadata?.labels },
      annotations: { ...metadata?.annotations, 'batch.kubernetes.io/cronjob-scheduled-timestamp': formatTime(at) },
      ownerReferences: [controllerReferenceOf(cronJob, { apiVersion: 'batch/v1', kind: 'CronJob' })],
    },
    spec,
  };
}

function surplus({ cronJob, jobs }: CronFacts): Job[] {
  const { successfulJobsHistoryLimit = 3, failedJobsHistoryLimit = 1 } = cronJob.spec;
  const beyond = (end: string, limit: number) => {
    const ended = jobs.filter((job) => endOf(job) === end).toSorted(earlierFirst);
    return ended.slice(0, Math.max(0, ended.length - limit));
  };
  return [...beyond('Complete', successfulJobsHistoryLimit), ...beyond('Failed', failedJobsHistoryLimit)];
}

const startOf = ({ status, metadata }: Job): string => status.startTime ?? metadata.creationTimestamp;
const earlierFirst = (a: Job, b: Job): number =>
  startOf(a) < startOf(b) ? -1 : startOf(a) > startOf(b) ? 1 : a.metadata.name < b.metadata.name ? -1 : 1;
