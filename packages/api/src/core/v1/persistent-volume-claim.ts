/** PersistentVolumeClaim, v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { PersistentVolumeClaim } from '../../generated/types/core-v1.ts';

export const persistentVolumeClaims = defineResource<PersistentVolumeClaim>(facts.core.v1.PersistentVolumeClaim);
