/**
 * What a Job's status may say, and how it may change: a Job that is done stays done, and what is counted stays counted.
 * What the writer leaves as it was is not judged, so that an odd status does not keep others from being mended.
 */
import { type FieldError, duplicate, invalid, isConditionTrue, required } from '@mkube/apimachinery';
import type { Job, JobStatus } from '../../generated/types/batch-v1.ts';
import { IMMUTABLE, sameValue } from '../../validation/checks.ts';
import { nonNegativeCounts } from '../../validation/status.ts';
import { indexFault, overlapFault } from './job-indexes.ts';

type Condition = 'Complete' | 'Failed' | 'FailureTarget' | 'SuccessCriteriaMet' | 'Suspended';

interface Change {
  job: Job;
  status: Partial<JobStatus>;
  old: Partial<JobStatus>;
  is: (type: Condition) => boolean;
  was: (type: Condition) => boolean;
  /** Some of these are not what they were. */
  changed: (...what: (Condition | keyof JobStatus)[]) => boolean;
}

export function validateJobStatus(job: Job, before: Job): FieldError[] {
  const change = changeOf(job, before);
  return [
    ...nonNegativeCounts(change.status, ['active', 'succeeded', 'failed', 'ready', 'terminating']),
    ...uncounted(change),
    ...contradictions(change),
    ...times(change),
    ...leftOver(change),
    ...indexes(change),
    ...irreversible(change),
  ];
}

function changeOf(job: Job, before: Job): Change {
  const [status, old] = [job.status ?? {}, before.status ?? {}];
  const is = (type: Condition) => isConditionTrue(status.conditions, type);
  const was = (type: Condition) => isConditionTrue(old.conditions, type);
  const differs = (key: Condition | keyof JobStatus) =>
    isCondition(key) ? is(key) !== was(key) : !sameValue(status[key] ?? 0, old[key] ?? 0);
  return { job, status, old, is, was, changed: (...what) => what.some(differs) };
}

const CONDITIONS: readonly string[] = ['Complete', 'Failed', 'FailureTarget', 'SuccessCriteriaMet', 'Suspended'];
const isCondition = (key: string): key is Condition => CONDITIONS.includes(key);

const conditions = (detail: string): FieldError => ({
  type: 'FieldValueInvalid',
  field: 'status.conditions',
  message: `Invalid value: ${detail}`,
});

const faultsOf = (rules: readonly (readonly [boolean, () => FieldError])[]): FieldError[] =>
  rules.filter(([broken]) => broken).map(([, fault]) => fault());

function uncounted({ status }: Change): FieldError[] {
  const seen = new Set<string>();
  return (['succeeded', 'failed'] as const).flatMap((list) =>
    (status.uncountedTerminatedPods?.[list] ?? []).flatMap((uid, i) => {
      const at = `status.uncountedTerminatedPods.${list}[${i}]`;
      if (uid === '') return [invalid(at, uid, 'must not be empty')];
      if (seen.has(uid)) return [duplicate(at, uid)];
      seen.add(uid);
      return [];
    }),
  );
}

function contradictions({ job, is, changed }: Change): FieldError[] {
  const both = (a: Condition, b: Condition) => is(a) && is(b);
  const without = (a: Condition, b: Condition) => is(a) && !is(b);
  const rules: [boolean, string][] = [
    [
      changed('Complete', 'Failed') && both('Complete', 'Failed'),
      'cannot set Complete=True and Failed=true conditions',
    ],
    [
      changed('Complete', 'FailureTarget') && both('Complete', 'FailureTarget'),
      'cannot set Complete=True and FailureTarget=true conditions',
    ],
    [
      changed('Failed', 'failedIndexes') && without('Failed', 'FailureTarget'),
      'cannot set Failed=True condition without the FailureTarget=true condition',
    ],
    [
      changed('Complete', 'SuccessCriteriaMet') && without('Complete', 'SuccessCriteriaMet'),
      'cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
    ],
    [both('SuccessCriteriaMet', 'Failed'), 'cannot set SuccessCriteriaMet=True and Failed=true conditions'],
    [
      both('SuccessCriteriaMet', 'FailureTarget'),
      'cannot set SuccessCriteriaMet=True and FailureTarget=true conditions',
    ],
    [
      job.spec?.successPolicy !== undefined && without('Complete', 'SuccessCriteriaMet'),
      'cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True',
    ],
  ];
  return rules.filter(([broken]) => broken).map(([, text]) => conditions(text));
}

function times({ job, status, old, is, was, changed }: Change): FieldError[] {
  const { startTime, completionTime } = status;
  const completion = 'status.completionTime';
  const finished = is('Complete') || is('Failed');
  const { suspend, completions } = job.spec ?? {};
  const resumes =
    was('Suspended') && status.conditions?.some((c) => c.type === 'Suspended' && c.status === 'False') === true;
  const changesCompletion = changed('Complete', 'completionTime');
  return faultsOf([
    [
      changesCompletion && completionTime !== undefined && !is('Complete'),
      () => invalid(completion, completionTime, 'cannot set completionTime when there is no Complete=True condition'),
    ],
    [
      changesCompletion && completionTime === undefined && is('Complete'),
      () => required(completion, 'completionTime is required for Complete jobs'),
    ],
    [
      changed('startTime', 'completionTime') && isBefore(completionTime, startTime),
      () => invalid(completion, completionTime, 'must be equal to or after `startTime`'),
    ],
    [
      changed('Complete', 'Failed', 'startTime') &&
        !(suspend === true && completions === 0) &&
        startTime === undefined &&
        finished,
      () => required('status.startTime', 'startTime is required for finished job'),
    ],
    [
      completionTime !== undefined && old.completionTime !== undefined && completionTime !== old.completionTime,
      () => invalid(completion, completionTime, IMMUTABLE),
    ],
    [
      !resumes && old.startTime !== undefined && startTime !== old.startTime && suspend !== true,
      () => required('status.startTime', 'startTime cannot be removed for unsuspended job'),
    ],
  ]);
}

const isBefore = (a: string | undefined, b: string | undefined): boolean =>
  a !== undefined && b !== undefined && Date.parse(a) < Date.parse(b);

/** Pods of a Job that is done are done, too. */
function leftOver({ status, is, changed }: Change): FieldError[] {
  const finished = is('Complete') || is('Failed');
  const { active = 0, ready = 0, terminating = 0, uncountedTerminatedPods: pods } = status;
  const over = (...what: (keyof JobStatus)[]) => finished && changed('Complete', 'Failed', ...what);
  return faultsOf([
    [over('active') && active > 0, () => invalid('status.active', active, 'active>0 is invalid for finished job')],
    [
      over('uncountedTerminatedPods') && (pods?.succeeded ?? []).length + (pods?.failed ?? []).length > 0,
      () => invalid('status.uncountedTerminatedPods', asGo(pods), 'must be empty for finished job'),
    ],
    [
      over('terminating') && terminating > 0,
      () => invalid('status.terminating', terminating, 'terminating>0 is invalid for finished job'),
    ],
    [
      changed('ready', 'active') && ready > active && status.ready !== undefined,
      () => invalid('status.ready', ready, 'cannot set more ready pods than active'),
    ],
  ]);
}

/** The message shows the pods as their Go struct. */
const asGo = (pods: JobStatus['uncountedTerminatedPods']) => ({
  Succeeded: pods?.succeeded ?? null,
  Failed: pods?.failed ?? null,
});

function indexes({ job, status, changed }: Change): FieldError[] {
  const { completions, completionMode, backoffLimitPerIndex } = job.spec ?? {};
  const { completedIndexes = '', failedIndexes } = status;
  const completed = 'status.completedIndexes';
  const failed = 'status.failedIndexes';
  const faults: FieldError[] = [];
  const format = (field: string, text: string, limit: number): void => {
    const fault = indexFault(text, limit);
    if (fault) faults.push(invalid(field, text, `error parsing ${field.slice('status.'.length)}: ${fault}`));
  };
  if (changed('completedIndexes')) {
    if (completions !== undefined) format(completed, completedIndexes, completions);
    if (completedIndexes !== '' && completionMode !== 'Indexed')
      faults.push(
        invalid(completed, completedIndexes, 'cannot set non-empty completedIndexes when non-indexed completion mode'),
      );
  }
  if (failedIndexes === undefined) return faults;
  if (changed('failedIndexes')) {
    if (backoffLimitPerIndex === undefined)
      faults.push(
        invalid(failed, failedIndexes, 'cannot set non-null failedIndexes when backoffLimitPerIndex is null'),
      );
    else if (completions !== undefined) format(failed, failedIndexes, completions);
  }
  if (completions !== undefined && changed('failedIndexes', 'completedIndexes')) {
    const fault = overlapFault(completedIndexes, failedIndexes, completions);
    if (fault) faults.push(invalid(failed, failedIndexes, fault));
  }
  return faults;
}

function irreversible({ job, status, old, is, was }: Change): FieldError[] {
  const { completionMode, completions, parallelism } = job.spec ?? {};
  const mayShrink = completionMode === 'Indexed' && completions === parallelism;
  const { failed = 0, succeeded = 0 } = status;
  const gone = (type: Condition) => was(type) && !is(type);
  return [
    ...(['Failed', 'Complete', 'FailureTarget'] as const)
      .filter(gone)
      .map((type) => conditions(`cannot disable the terminal ${type}=True condition`)),
    ...faultsOf([
      [failed < (old.failed ?? 0), () => invalid('status.failed', failed, 'cannot decrease the failed counter')],
      [
        !mayShrink && succeeded < (old.succeeded ?? 0),
        () => invalid('status.succeeded', succeeded, 'cannot decrease the succeeded counter'),
      ],
      [gone('SuccessCriteriaMet'), () => conditions('cannot disable the SuccessCriteriaMet=True condition')],
      [
        was('Complete') && !was('SuccessCriteriaMet') && is('SuccessCriteriaMet'),
        () => conditions('cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions'),
      ],
    ]),
  ];
}
