/** Event, v1: what the facts do not hold. The stored form of both groups' events. */
import { type FieldError, invalid, required } from '@mkube/apimachinery';
import { defineResource } from '../../../define.ts';
import { facts } from '../../../generated/resources.ts';
import type { Event } from '../../../generated/types/core-v1.ts';
import { immutable, qualifiedName } from '../../../validation/checks.ts';
import { eventCells } from './cells.ts';

export const events = defineResource<Event>(facts.core.v1.Event, {
  acts: true,
  validate: validateEvent,
  selectableFields: (event) => eventFields(event),
  cells: eventCells,
});

export const eventFields = ({ involvedObject: on, ...event }: Event): Record<string, string> => ({
  'involvedObject.kind': on?.kind ?? '',
  'involvedObject.namespace': on?.namespace ?? '',
  'involvedObject.name': on?.name ?? '',
  'involvedObject.uid': on?.uid ?? '',
  'involvedObject.apiVersion': on?.apiVersion ?? '',
  'involvedObject.resourceVersion': on?.resourceVersion ?? '',
  'involvedObject.fieldPath': on?.fieldPath ?? '',
  reason: event.reason ?? '',
  reportingComponent: event.reportingComponent ?? '',
  source: event.source?.component || event.reportingComponent || '',
  type: event.type ?? '',
});

/** An event about a namespaced object stands in its namespace, one about a cluster's object in default. */
function validateEvent(event: Event): FieldError[] {
  const about = event.involvedObject?.namespace ?? '';
  const { namespace } = event.metadata;
  if (about === '')
    return namespace === 'default' || namespace === 'kube-system'
      ? []
      : [invalid('involvedObject.namespace', about, 'does not match event.namespace')];
  return about === namespace ? [] : [invalid('involvedObject.namespace', about, 'does not match event.namespace')];
}

const MOST = { action: 128, reason: 128, note: 1024, reportingInstance: 128 } as const;

/** The stricter rules of events.k8s.io/v1, beside those of both, put in this form's fields. */
export function validateNewEvent(event: Event): FieldError[] {
  const faults = validateEvent(event);
  const { series } = event;
  if (!event.eventTime) faults.push(required('eventTime'));
  if (!event.reportingComponent) faults.push(required('reportingController'));
  else faults.push(...qualifiedName('reportingController', event.reportingComponent));
  for (const [field, value] of [
    ['reportingInstance', event.reportingInstance],
    ['action', event.action],
    ['reason', event.reason],
  ] as const) {
    if (!value) faults.push(required(field));
    else if (Buffer.byteLength(value) > MOST[field])
      faults.push(invalid(field, value, `can have at most ${MOST[field]} characters`));
  }
  if (Buffer.byteLength(event.message ?? '') > MOST.note)
    faults.push(invalid('message', event.message, `can have at most ${MOST.note} characters`));
  if (event.type !== 'Normal' && event.type !== 'Warning')
    faults.push(invalid('type', event.type ?? '', `has invalid value: ${event.type ?? ''}`));
  if (series && (series.count ?? 0) < 2)
    faults.push(invalid('series.count', series.count ?? 0, 'should be at least 2'));
  if (series && !series.lastObservedTime) faults.push(required('series.lastObservedTime'));
  return faults;
}

/** Of an event only its series may change. */
export const validateNewEventUpdate = (event: Event, old: Event): FieldError[] =>
  (
    [
      'involvedObject',
      'reason',
      'message',
      'type',
      'eventTime',
      'action',
      'related',
      'reportingComponent',
      'reportingInstance',
    ] as const
  ).flatMap((field) => immutable(field, event[field], old[field]));
