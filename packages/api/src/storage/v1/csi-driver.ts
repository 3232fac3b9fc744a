/** CSIDriver, storage.k8s.io/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { CSIDriver } from '../../generated/types/storage-v1.ts';

export const csiDrivers = defineResource<CSIDriver>(facts.storage.v1.CSIDriver);
