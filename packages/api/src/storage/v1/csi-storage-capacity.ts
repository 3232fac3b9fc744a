/** CSIStorageCapacity, storage.k8s.io/v1: what the facts do not hold. */
import {
  type FieldError,
  checkDns1123Subdomain,
  compareQuantity,
  invalid,
  validateLabelSelector,
} from '@mkube/apimachinery';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { CSIStorageCapacity } from '../../generated/types/storage-v1.ts';
import { format, immutable } from '../../validation/checks.ts';

export const csiStorageCapacities = defineResource<CSIStorageCapacity>(facts.storage.v1.CSIStorageCapacity, {
  validate: (object) => [
    ...format('storageClassName', object.storageClassName, checkDns1123Subdomain),
    ...validateLabelSelector(object.nodeTopology, 'nodeTopology'),
    ...amount('capacity', object.capacity),
  ],
  validateUpdate: (object, old) => [
    ...immutable('nodeTopology', object.nodeTopology, old.nodeTopology),
    ...immutable('storageClassName', object.storageClassName, old.storageClassName),
  ],
});

const amount = (field: string, value: string | undefined): FieldError[] =>
  value !== undefined && compareQuantity(value, 0) < 0
    ? [invalid(field, value, 'must be greater than or equal to 0')]
    : [];
