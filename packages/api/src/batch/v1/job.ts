/** Job, batch/v1: what the facts do not hold. */
import { type Cell, checkLabelValue, isConditionTrue } from '@mkube/apimachinery';
import { age, containersAndImages, formatLabelSelector, spanOf } from '../../cells.ts';
import { podNameWarnings, templateWarnings } from '../../core/v1/pod/warnings/template.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { Job } from '../../generated/types/batch-v1.ts';
import { validateJob } from './job-meaning.ts';
import { validateJobStatus } from './job-status.ts';
import { validateJobUpdate } from './job-update.ts';

export const jobs = defineResource<Job>(facts.batch.v1.Job, {
  prepareForCreate: (job) => withLabelsOfTemplate(withGeneratedSelector(job)),
  validate: validateJob,
  validateUpdate: validateJobUpdate,
  validateStatus: validateJobStatus,
  selectableFields: ({ status }) => ({ 'status.successful': String(status?.succeeded ?? 0) }),
  warnings: (job, old) => [
    ...(old ? [] : podNameWarnings(job)),
    ...templateWarnings<Job>('spec.template', ({ spec }) => spec?.template)(job, old),
  ],
  cells: (job, now) => jobCells(job, now),
});

/** Complete, Failed, or neither yet. */
export const isJobFinished = (job: Job): boolean =>
  isConditionTrue(job.status?.conditions, 'Complete') || isConditionTrue(job.status?.conditions, 'Failed');

/** Unless the writer takes care of it, pods of a job are told by the job's uid. */
function withGeneratedSelector(job: Job): Job {
  const { spec } = job;
  if (!spec || spec.manualSelector) return job;
  const { uid, name } = job.metadata;
  const labels = {
    ...spec.template?.metadata?.labels,
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  };
  const sorted = Object.fromEntries(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const matchLabels = { ...spec.selector?.matchLabels, 'batch.kubernetes.io/controller-uid': uid };
  return {
    ...job,
    spec: {
      ...spec,
      selector: { ...spec.selector, matchLabels },
      template: { ...spec.template, metadata: { ...spec.template?.metadata, labels: sorted } as typeof job.metadata },
    },
  };
}

/** A job without labels has its template's, with what it is given; a name that is no label is for its validation to refuse. */
function withLabelsOfTemplate(job: Job): Job {
  const labels = job.spec?.template?.metadata?.labels;
  const { metadata } = job;
  if (!labels || Object.keys(metadata.labels ?? {}).length > 0 || checkLabelValue(metadata.name).length > 0) return job;
  return { ...job, metadata: { ...metadata, labels } };
}

const STATES = ['Complete', 'Failed'] as const;
const LATER_STATES = ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'] as const;

function stateOf(job: Job): string {
  const is = (type: string) => isConditionTrue(job.status?.conditions, type);
  const done = STATES.find(is);
  if (done) return done;
  if (job.metadata.deletionTimestamp) return 'Terminating';
  return LATER_STATES.find(is) ?? 'Running';
}

function completionsOf({ spec, status }: Job): string {
  const succeeded = status?.succeeded ?? 0;
  if (spec?.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec?.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

const jobCells = (job: Job, now: Date): Cell[] => [
  job.metadata.name,
  stateOf(job),
  completionsOf(job),
  job.status?.startTime ? spanOf(job.status.startTime, job.status.completionTime, now) : '',
  age(job, now),
  ...containersAndImages(job.spec?.template?.spec),
  formatLabelSelector(job.spec?.selector),
];
