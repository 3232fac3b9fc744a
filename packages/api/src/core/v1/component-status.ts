/** ComponentStatus, v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { ComponentStatus } from '../../generated/types/core-v1.ts';

export const componentStatuses = defineResource<ComponentStatus>(facts.core.v1.ComponentStatus);
