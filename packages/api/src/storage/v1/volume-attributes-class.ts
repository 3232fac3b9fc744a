/** VolumeAttributesClass, storage.k8s.io/v1: what the facts do not hold. */
import { forbidden, required } from '@mkube/apimachinery';
import { age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { VolumeAttributesClass } from '../../generated/types/storage-v1.ts';
import { sameValue } from '../../validation/checks.ts';
import { validateParameters, validateProvisioner } from './storage-class.ts';

export const volumeAttributesClasses = defineResource<VolumeAttributesClass>(facts.storage.v1.VolumeAttributesClass, {
  validate: ({ driverName, parameters }) => [
    ...(driverName ? validateProvisioner(driverName, 'driverName') : []),
    ...(Object.keys(parameters ?? {}).length === 0
      ? [required('parameters', 'must contain at least one key/value pair')]
      : []),
    ...validateParameters(parameters, 'parameters'),
  ],
  validateUpdate: (object, old) =>
    (['driverName', 'parameters'] as const)
      .filter((key) => !sameValue(object[key], old[key]))
      .map((key) => forbidden(key, `updates to ${key} are forbidden.`)),
  cells: (object, now) => [object.metadata.name, object.driverName, age(object, now)],
});
