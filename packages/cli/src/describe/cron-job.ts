/** Describes a CronJob, with the jobs it makes. */
import type { CronJob } from '@mkube/api';
import { selectorText } from '../pods.ts';
import type { DescribeInput, Description } from './describer.ts';
import { eventsOf, writeEvents } from './events.ts';
import { writePodTemplate } from './pod-template.ts';
import { formatTime, writeHead } from './writer.ts';

const UNSET = '<unset>';

export async function describeCronJob({ object, rest, w, now, showEvents }: DescribeInput): Promise<Description> {
  const { metadata, spec, status } = object as unknown as CronJob;
  writeHead(w, metadata);
  w.write(0, `Schedule:\t${spec.schedule}`);
  w.write(0, `Concurrency Policy:\t${spec.concurrencyPolicy ?? ''}`);
  w.write(0, `Suspend:\t${spec.suspend === undefined ? UNSET : spec.suspend ? 'True' : 'False'}`);
  if (spec.timeZone !== undefined) w.write(0, `Time Zone:\t${spec.timeZone}`);
  w.write(0, `Successful Job History Limit:\t${spec.successfulJobsHistoryLimit ?? UNSET}`);
  w.write(0, `Failed Job History Limit:\t${spec.failedJobsHistoryLimit ?? UNSET}`);
  w.write(0, `Starting Deadline Seconds:\t${seconds(spec.startingDeadlineSeconds) ?? UNSET}`);
  const job = spec.jobTemplate.spec;
  w.write(0, `Selector:\t${job?.selector ? selectorText(job.selector) : UNSET}`);
  w.write(0, `Parallelism:\t${job?.parallelism ?? UNSET}`);
  w.write(0, `Completions:\t${job?.completions ?? UNSET}`);
  const deadline = seconds(job?.activeDeadlineSeconds);
  if (deadline !== undefined) w.write(0, `Active Deadline Seconds:\t${deadline}`);
  writePodTemplate(w, job?.template);
  w.write(0, `Last Schedule Time:\t${formatTime(status.lastScheduleTime)}`);
  w.write(0, `Active Jobs:\t${(status.active ?? []).map((j) => j.name).join(', ') || '<none>'}`);
  if (showEvents) writeEvents(w, await eventsOf(rest, object), now);
}

const seconds = (value: number | undefined): string | undefined => (value === undefined ? undefined : `${value}s`);
