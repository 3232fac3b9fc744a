/** Event, events.k8s.io/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { Event } from '../../generated/types/events-v1.ts';

export const eventsV1Events = defineResource<Event>(facts.events.v1.Event, {
  acts: true,
});
