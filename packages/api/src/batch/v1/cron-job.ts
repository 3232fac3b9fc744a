/** CronJob, batch/v1: what the facts do not hold. */
import { type FieldError, ageOf, invalid, notSupported } from '@mkube/apimachinery';
import { NONE, age, containersAndImages, formatLabelSelector, yesNo } from '../../cells.ts';
import { podNameWarnings, templateWarnings } from '../../core/v1/pod/warnings/template.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { CronJob, CronJobSpec, JobSpec } from '../../generated/types/batch-v1.ts';
import { nonNegative } from '../../validation/checks.ts';
import { scheduleFault } from './cron-schedule.ts';
import { validateJobSpec } from './job-meaning.ts';

export const cronJobs = defineResource<CronJob>(facts.batch.v1.CronJob, {
  validate: ({ metadata, spec }) => [...validateName(metadata.name), ...validateSpec(spec)],
  validateStatus: () => [],
  warnings: (job, old) => [
    ...(old ? [] : podNameWarnings(job)),
    ...templateWarnings<CronJob>('spec.jobTemplate.spec.template', ({ spec }) => spec?.jobTemplate?.spec?.template)(
      job,
      old,
    ),
  ],
  cells: (job, now) => {
    const { spec, status } = job;
    return [
      job.metadata.name,
      spec?.schedule ?? '',
      spec?.timeZone ?? NONE,
      yesNo(spec?.suspend),
      (status?.active ?? []).length,
      status?.lastScheduleTime ? ageOf(status.lastScheduleTime, now) : NONE,
      age(job, now),
      ...containersAndImages(spec?.jobTemplate?.spec?.template?.spec),
      formatLabelSelector(spec?.jobTemplate?.spec?.selector),
    ];
  },
});

/** Eleven characters are left for what the controller appends. */
const MAX_NAME = 52;

const validateName = (name: string): FieldError[] =>
  name.length > MAX_NAME ? [invalid('metadata.name', name, 'must be no more than 52 characters')] : [];

function validateSpec(spec: CronJobSpec | undefined): FieldError[] {
  if (!spec) return [];
  const fault = spec.schedule ? scheduleFault(spec.schedule) : undefined;
  return [
    ...(fault ? [invalid('spec.schedule', spec.schedule, fault)] : []),
    ...(/^\s*(TZ|CRON_TZ)=/.test(spec.schedule ?? '')
      ? [invalid('spec.schedule', spec.schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead')]
      : []),
    ...(spec.timeZone === undefined ? [] : validateTimeZone(spec.timeZone)),
    ...nonNegative('spec.startingDeadlineSeconds', spec.startingDeadlineSeconds),
    ...nonNegative('spec.successfulJobsHistoryLimit', spec.successfulJobsHistoryLimit),
    ...nonNegative('spec.failedJobsHistoryLimit', spec.failedJobsHistoryLimit),
    ...validateGenerated(spec.jobTemplate?.spec, 'spec.jobTemplate.spec'),
    ...validateJobSpec(spec.jobTemplate?.spec, 'spec.jobTemplate.spec'),
  ];
}

/** Each job gets a selector of its own. */
const validateGenerated = (spec: JobSpec | undefined, field: string): FieldError[] => [
  ...(spec?.selector ? [invalid(`${field}.selector`, spec.selector, '`selector` will be auto-generated')] : []),
  ...(spec?.manualSelector ? [notSupported(`${field}.manualSelector`, true, ['nil', 'false'])] : []),
];

function validateTimeZone(zone: string): FieldError[] {
  const at = 'spec.timeZone';
  if (zone === '') return [invalid(at, zone, 'timeZone must be nil or non-empty string')];
  if (zone.toLowerCase() === 'local')
    return [invalid(at, zone, 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones')];
  try {
    Intl.DateTimeFormat('en', { timeZone: zone });
    return [];
  } catch {
    return [invalid(at, zone, `unknown time zone ${zone}`)];
  }
}
