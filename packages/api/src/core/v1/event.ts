/** Event, v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { Event } from '../../generated/types/core-v1.ts';

export const events = defineResource<Event>(facts.core.v1.Event, {
  acts: true,
});
