/** Service, v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { Service } from '../../generated/types/core-v1.ts';

export const services = defineResource<Service>(facts.core.v1.Service, {
  acts: true,
  storagePrefix: 'services/specs',
});
