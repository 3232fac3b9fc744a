/** PriorityClass, scheduling.k8s.io/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { PriorityClass } from '../../generated/types/scheduling-v1.ts';

export const priorityClasses = defineResource<PriorityClass>(facts.scheduling.v1.PriorityClass, {
  acts: true,
});
