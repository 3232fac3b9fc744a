/** Describes a Job. */
import type { Job } from '@mkube/api';
import { formatAge } from '@mkube/apimachinery';
import { selectorText } from '../pods.ts';
import type { DescribeInput, Description } from './describer.ts';
import { eventsOf, writeEvents } from './events.ts';
import { writeControlledBy } from './owned-pods.ts';
import { writePodTemplate } from './pod-template.ts';
import { formatTime, writeAnnotations, writeMap, type Writer } from './writer.ts';

export async function describeJob({ object, rest, w, now, showEvents }: DescribeInput): Promise<Description> {
  const job = object as unknown as Job;
  const { metadata, spec } = job;
  w.write(0, `Name:\t${metadata.name}`);
  w.write(0, `Namespace:\t${metadata.namespace}`);
  w.write(0, `Selector:\t${selectorText(spec.selector)}`);
  writeMap(w, 0, 'Labels', metadata.labels);
  writeAnnotations(w, 0, 'Annotations', metadata.annotations);
  writeControlledBy(w, object);
  if (spec.parallelism !== undefined) w.write(0, `Parallelism:\t${spec.parallelism}`);
  w.write(0, `Completions:\t${spec.completions ?? '<unset>'}`);
  if (spec.completionMode) w.write(0, `Completion Mode:\t${spec.completionMode}`);
  if (spec.suspend !== undefined) w.write(0, `Suspend:\t${spec.suspend}`);
  if (spec.backoffLimit !== undefined) w.write(0, `Backoff Limit:\t${spec.backoffLimit}`);
  if (spec.ttlSecondsAfterFinished !== undefined)
    w.write(0, `TTL Seconds After Finished:\t${spec.ttlSecondsAfterFinished}`);
  writeTimes(w, job);
  writeCounts(w, job);
  writePodTemplate(w, spec.template);
  if (showEvents) writeEvents(w, await eventsOf(rest, object), now);
}

function writeTimes(w: Writer, { spec, status: { startTime, completionTime } }: Job): void {
  if (startTime) w.write(0, `Start Time:\t${formatTime(startTime)}`);
  if (completionTime) w.write(0, `Completed At:\t${formatTime(completionTime)}`);
  if (startTime && completionTime)
    w.write(0, `Duration:\t${formatAge(Date.parse(completionTime) - Date.parse(startTime))}`);
  if (spec.activeDeadlineSeconds !== undefined) w.write(0, `Active Deadline Seconds:\t${spec.activeDeadlineSeconds}s`);
}

function writeCounts(w: Writer, { spec, status }: Job): void {
  const ready = status.ready === undefined ? '' : ` (${status.ready} Ready)`;
  w.write(
    0,
    `Pods Statuses:\t${status.active ?? 0} Active${ready} / ${status.succeeded ?? 0} Succeeded / ${status.failed ?? 0} Failed`,
  );
  if (spec.completionMode === 'Indexed') w.write(0, `Completed Indexes:\t${shortIndexes(status.completedIndexes)}`);
}

/** Cut after some fifty characters, at a comma. */
function shortIndexes(indexes: string | undefined): string {
  if (!indexes) return '<none>';
  const end = indexes.indexOf(',', 50);
  return end < 0 ? indexes : `${indexes.slice(0, end + 1)}...`;
}
