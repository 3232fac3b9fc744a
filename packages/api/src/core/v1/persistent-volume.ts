/** PersistentVolume, v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { PersistentVolume } from '../../generated/types/core-v1.ts';

export const persistentVolumes = defineResource<PersistentVolume>(facts.core.v1.PersistentVolume);
