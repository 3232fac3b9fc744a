/** DeviceClass, resource.k8s.io/v1: what the facts do not hold. */
import { required } from '@mkube/apimachinery';
import { age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { DeviceClass } from '../../generated/types/resource-v1.ts';
import { each } from '../../validation/checks.ts';
import { validateSelectors } from './devices.ts';

export const deviceClasses = defineResource<DeviceClass>(facts.resource.v1.DeviceClass, {
  validate: ({ spec }) => [
    ...validateSelectors(spec?.selectors, 'spec.selectors'),
    ...each(spec?.config, 'spec.config', (entry, at) =>
      entry.opaque ? [] : [required(`${at}.opaque`, 'must be specified')],
    ),
  ],
  cells: (object, now) => [object.metadata.name, age(object, now)],
});
