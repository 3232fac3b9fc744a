/** Whether a Job is done, and how: what its Complete or Failed condition will say. Pure. */
import type { Job, Pod } from '@mkube/api';
import { findCondition, isConditionTrue } from '@mkube/apimachinery';
import { matchFailurePolicy } from './failure-policy.ts';
import { parseIndexes } from './indexes.ts';
import { type Tally, isFailed, isIndexed, isTracked } from './tally.ts';

export interface Verdict {
  outcome: 'Complete' | 'Failed';
  reason: string;
  message: string;
}

const failed = (reason: string, message: string): Verdict => ({ outcome: 'Failed', reason, message });
const complete = (reason: string, message: string): Verdict => ({ outcome: 'Complete', reason, message });

export const isFinished = ({ status }: Job): boolean =>
  isConditionTrue(status.conditions, 'Complete') || isConditionTrue(status.conditions, 'Failed');

export interface VerdictFacts {
  job: Job;
  pods: readonly Pod[];
  tally: Tally;
  now: Date;
}

export function verdictOn(facts: VerdictFacts): Verdict | undefined {
  return (
    alreadyDecided(facts.job) ??
    byFailurePolicy(facts) ??
    byBackoffLimit(facts) ??
    byDeadline(facts) ??
    byFailedIndexes(facts) ??
    bySuccessPolicy(facts) ??
    byCompletions(facts)
  );
}

/** What was announced stands, whatever the last pods did meanwhile. */
function alreadyDecided({ status }: Job): Verdict | undefined {
  const target = findCondition(status.conditions, 'FailureTarget');
  if (target?.status === 'True') return failed(target.reason ?? '', target.message ?? '');
  const met = findCondition(status.conditions, 'SuccessCriteriaMet');
  return met?.status === 'True' ? complete(met.reason ?? '', met.message ?? '') : undefined;
}

function byFailurePolicy({ job, pods }: VerdictFacts): Verdict | undefined {
  if (!job.spec.podFailurePolicy) return undefined;
  for (const pod of pods.filter((p) => isTracked(p) && isFailed(p, job))) {
    const match = matchFailurePolicy(job, pod);
    if (match?.action === 'FailJob') return failed('PodFailurePolicy', match.message);
  }
  return undefined;
}

function byBackoffLimit({ job, tally }: VerdictFacts): Verdict | undefined {
  const limit = job.spec.backoffLimit ?? 6;
  const exceeded = failed('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  if (job.spec.backoffLimitPerIndex === undefined && tally.failed > limit) return exceeded;
  if (job.spec.template.spec.restartPolicy !== 'OnFailure') return undefined;
  const restarts = tally.active.reduce((sum, pod) => sum + restartsOf(pod), 0);
  return (limit === 0 ? restarts > 0 : restarts >= limit) ? exceeded : undefined;
}

const restartsOf = ({ status }: Pod): number =>
  [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].reduce(
    (sum, { restartCount }) => sum + restartCount,
    0,
  );

function byDeadline({ job, now }: VerdictFacts): Verdict | undefined {
  const left = deadlineIn(job, now);
  return left !== undefined && left <= 0
    ? failed('DeadlineExceeded', 'Job was active longer than specified deadline')
    : undefined;
}

/** Milliseconds until activeDeadlineSeconds are over. */
export function deadlineIn({ spec, status }: Job, now: Date): number | undefined {
  if (spec.activeDeadlineSeconds === undefined || !status.startTime || spec.suspend) return undefined;
  return Date.parse(status.startTime) + spec.activeDeadlineSeconds * 1000 - now.getTime();
}

function byFailedIndexes({ job, tally }: VerdictFacts): Verdict | undefined {
  if (job.spec.backoffLimitPerIndex === undefined) return undefined;
  const { maxFailedIndexes, completions = 0 } = job.spec;
  const { size } = tally.failedIndexes;
  if (maxFailedIndexes !== undefined && size > maxFailedIndexes)
    return failed('MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes');
  return size > 0 && size + tally.succeededIndexes.size >= completions
    ? failed('FailedIndexes', 'Job has failed indexes')
    : undefined;
}

function bySuccessPolicy({ job, tally }: VerdictFacts): Verdict | undefined {
  if (!isIndexed(job)) return undefined;
  for (const [at, rule] of (job.spec.successPolicy?.rules ?? []).entries()) {
    const wanted =
      rule.succeededIndexes === undefined ? undefined : parseIndexes(rule.succeededIndexes, job.spec.completions ?? 0);
    const done = [...tally.succeededIndexes].filter((index) => wanted?.has(index) ?? true).length;
    if (done >= (rule.succeededCount ?? wanted?.size ?? Infinity))
      return complete('SuccessPolicy', `Matched rules at index ${at}`);
  }
  return undefined;
}

function byCompletions({ job, tally }: VerdictFacts): Verdict | undefined {
  if (tally.active.length > 0) return undefined;
  const { completions } = job.spec;
  const reached = completions === undefined ? tally.succeeded > 0 : tally.succeeded >= completions;
  return reached ? complete('CompletionsReached', 'Reached expected number of succeeded pods') : undefined;
}
