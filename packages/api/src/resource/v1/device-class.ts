/** DeviceClass, resource.k8s.io/v1: what the facts do not hold. */
import { type FieldError, checkQualifiedName, invalid } from '@mkube/apimachinery';
import { age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { DeviceClass } from '../../generated/types/resource-v1.ts';
import { each } from '../../validation/checks.ts';
import { isExtendedResource } from '../../validation/resources.ts';
import { validateConfiguration, validateSelectors } from './devices.ts';

export const deviceClasses = defineResource<DeviceClass>(facts.resource.v1.DeviceClass, {
  inert: true,
  validate: ({ spec }) => [
    ...validateSelectors(spec?.selectors, 'spec.selectors'),
    ...each(spec?.config, 'spec.config', validateConfiguration),
    ...extendedResourceName('spec.extendedResourceName', spec?.extendedResourceName),
  ],
  cells: (object, now) => [object.metadata.name, age(object, now)],
});

/** Quotas count it as 'requests.<name>', which has to be a name as well. */
function extendedResourceName(field: string, name: string | undefined): FieldError[] {
  if (name === undefined) return [];
  const isOne = isExtendedResource(name) && checkQualifiedName(`requests.${name}`).length === 0;
  return isOne ? [] : [invalid(field, name, 'must be a valid extended resource name')];
}
