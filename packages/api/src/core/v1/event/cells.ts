/** An event's row, for both groups: what both say, read from whichever fields are filled. */
import { type Cell, ageOf } from '@mkube/apimachinery';
import type { Event } from '../../../generated/types/core-v1.ts';

export function eventCells(event: Event, now: Date): Cell[] {
  const { involvedObject, series } = event;
  const first = ageOf(event.firstTimestamp ?? event.eventTime, now);
  const last = event.lastTimestamp ? ageOf(event.lastTimestamp, now) : first;
  const kind = (involvedObject?.kind ?? '').toLowerCase();
  return [
    series ? ageOf(series.lastObservedTime, now) : last,
    event.type ?? '',
    event.reason ?? '',
    involvedObject?.name ? `${kind}/${involvedObject.name}` : kind,
    involvedObject?.fieldPath ?? '',
    sourceOf(event),
    (event.message ?? '').trim(),
    first,
    series ? (series.count ?? 0) : event.count || 1,
    event.metadata.name,
  ];
}

function sourceOf({ source, reportingComponent, reportingInstance }: Event): string {
  const component = source?.component || reportingComponent || '';
  const instance = source?.host || reportingInstance || '';
  return instance ? `${component}, ${instance}` : component;
}
