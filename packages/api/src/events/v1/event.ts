/**
 * Event, events.k8s.io/v1: a second view of the events that core/v1 stores. The fields say the same under other names;
 * what only the old form has travels in deprecated ones.
 */
import type { KubernetesObject } from '@mkube/apimachinery';
import { eventCells } from '../../core/v1/event/cells.ts';
import { eventFields, events } from '../../core/v1/event/event.ts';
import { validateEvent, validateNewEvent, validateNewEventUpdate } from '../../core/v1/event/validation.ts';
import { defined } from '../../defined.ts';
import { defineResource } from '../../define.ts';
import { schemaOf } from '../../schema.ts';
import { facts } from '../../generated/resources.ts';
import type { Event as StoredEvent } from '../../generated/types/core-v1.ts';
import type { Event } from '../../generated/types/events-v1.ts';

export const eventsV1Events = defineResource<Event>(facts.events.v1.Event, {
  storagePrefix: events.storagePrefix,
  storage: {
    definition: events,
    toStorage: storedOf,
    fromStorage: (object: KubernetesObject) => eventOf(object as StoredEvent),
  },
  validate: (event, old) =>
    old ? validateEvent(storedOf(event), 'reportingController') : validateNewEvent(storedOf(event)),
  validateUpdate: (event, old) => validateNewEventUpdate(storedOf(event), storedOf(old)),
  selectableFields: (event) => eventFields(storedOf(event)),
  cells: (event, now) => eventCells(storedOf(event), now),
});

/** Through the schema of the other form, which drops what is absent and puts the fields in its order. */
const as = <T>(type: string, fields: object): T => schemaOf(type).decode(defined(fields)).object as T;

function storedOf(event: Event): StoredEvent {
  return as('io.k8s.api.core.v1.Event', {
    kind: 'Event',
    apiVersion: 'v1',
    metadata: event.metadata,
    involvedObject: event.regarding,
    reason: event.reason,
    message: event.note,
    source: event.deprecatedSource,
    firstTimestamp: event.deprecatedFirstTimestamp,
    lastTimestamp: event.deprecatedLastTimestamp,
    count: event.deprecatedCount,
    type: event.type,
    eventTime: event.eventTime,
    series: event.series,
    action: event.action,
    related: event.related,
    reportingComponent: event.reportingController,
    reportingInstance: event.reportingInstance,
  });
}

function eventOf(event: StoredEvent): Event {
  return as('io.k8s.api.events.v1.Event', {
    kind: 'Event',
    apiVersion: 'events.k8s.io/v1',
    metadata: event.metadata,
    eventTime: event.eventTime,
    series: event.series,
    reportingController: event.reportingComponent,
    reportingInstance: event.reportingInstance,
    action: event.action,
    reason: event.reason,
    regarding: event.involvedObject,
    related: event.related,
    note: event.message,
    type: event.type,
    deprecatedSource: event.source,
    deprecatedFirstTimestamp: event.firstTimestamp,
    deprecatedLastTimestamp: event.lastTimestamp,
    deprecatedCount: event.count,
  });
}
