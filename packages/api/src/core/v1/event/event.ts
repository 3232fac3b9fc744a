/** Event, v1: what the facts do not hold. The stored form of both groups' events. */
import { defineResource } from '../../../define.ts';
import { facts } from '../../../generated/resources.ts';
import type { Event } from '../../../generated/types/core-v1.ts';
import { eventCells } from './cells.ts';
import { validateEvent } from './validation.ts';

export const events = defineResource<Event>(facts.core.v1.Event, {
  finalizerNames: 'qualified',
  nameFormat: 'path',
  validate: (event) => validateEvent(event, 'reportingComponent'),
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
