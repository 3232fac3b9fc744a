/** CSIStorageCapacity, storage.k8s.io/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { CSIStorageCapacity } from '../../generated/types/storage-v1.ts';

export const csiStorageCapacities = defineResource<CSIStorageCapacity>(facts.storage.v1.CSIStorageCapacity);
