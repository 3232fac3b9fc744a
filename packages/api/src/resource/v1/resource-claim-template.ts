/** ResourceClaimTemplate, resource.k8s.io/v1: what the facts do not hold. */
import { age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { ResourceClaimTemplate } from '../../generated/types/resource-v1.ts';
import { immutable } from '../../validation/checks.ts';
import { validateBareMetadata } from '../../validation/metadata.ts';
import { validateDeviceClaim } from './devices.ts';

export const resourceClaimTemplates = defineResource<ResourceClaimTemplate>(facts.resource.v1.ResourceClaimTemplate, {
  inert: true,
  validate: ({ spec }) => [
    ...validateBareMetadata(spec?.metadata, 'spec.metadata'),
    ...validateDeviceClaim(spec?.spec?.devices, 'spec.spec.devices'),
  ],
  validateUpdate: ({ spec }, { spec: old }) => immutable('spec', spec, old),
  cells: (object, now) => [object.metadata.name, age(object, now)],
});
