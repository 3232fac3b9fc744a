/** The events of an object, oldest first, as the end of every description. */
import type { Event } from '@mkube/api';
import { formatAge, type KubernetesObject } from '@mkube/apimachinery';
import type { Rest } from '../rest.ts';
import type { Writer } from './writer.ts';

export async function eventsOf(rest: Rest, object: KubernetesObject): Promise<Event[]> {
  const { name, namespace, uid } = object.metadata;
  const isNode = object.kind === 'Node';
  const terms = [
    `involvedObject.name=${name}`,
    ...(namespace ? [`involvedObject.namespace=${namespace}`] : []),
    `involvedObject.kind=${object.kind}`,
    ...(isNode ? [] : [`involvedObject.uid=${uid}`]),
  ];
  const path = namespace ? `/api/v1/namespaces/${encodeURIComponent(namespace)}/events` : '/api/v1/events';
  const { items } = await rest.json<{ items: Event[] }>({
    path,
    query: { fieldSelector: terms.join(','), limit: 500 },
  });
  return items.toSorted((a, b) => timeOf(a) - timeOf(b));
}

const timeOf = (event: Event): number =>
  Date.parse(event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp);

export function writeEvents(w: Writer, events: readonly Event[], now: Date): void {
  if (events.length === 0) {
    w.write(0, 'Events:\t<none>');
    return;
  }
  w.write(0, 'Events:');
  w.write(1, 'Type\tReason\tAge\tFrom\tMessage');
  w.write(1, '----\t------\t----\t----\t-------');
  for (const event of events)
    w.write(
      1,
      `${event.type ?? ''}\t${event.reason ?? ''}\t${ageOf(event, now)}\t${event.source?.component || event.reportingComponent || ''}\t${messageOf(event)}`,
    );
}

/** The part of the object that it is about stands before the message: 'spec.containers{web}: '. */
const messageOf = ({ involvedObject, message = '' }: Event): string =>
  `${involvedObject?.fieldPath ? `${involvedObject.fieldPath}: ` : ''}${message.trim()}`;

function ageOf(event: Event, now: Date): string {
  const first = event.firstTimestamp ?? event.eventTime;
  const since = (time: string | null | undefined): string =>
    time ? formatAge(now.getTime() - Date.parse(time)) : '<unknown>';
  const last = event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime;
  const count = event.series?.count ?? event.count ?? 1;
  return count > 1 ? `${since(last)} (x${count} over ${since(first)})` : since(first ?? last);
}
