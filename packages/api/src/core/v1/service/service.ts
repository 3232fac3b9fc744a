/** Service, v1: what the facts do not hold. Addresses and node ports are the server's to allocate. */
import { defineResource } from '../../../define.ts';
import { facts } from '../../../generated/resources.ts';
import type { Service } from '../../../generated/types/core-v1.ts';
import { addressesInStep, keepAllocated, withoutUnneeded } from './allocated.ts';
import { serviceCells } from './cells.ts';
import { validateService, validateServiceUpdate } from './meaning.ts';
import { validateServiceStatus } from './load-balancer.ts';
import { serviceWarnings } from './warnings.ts';

export const services = defineResource<Service>(facts.core.v1.Service, {
  storagePrefix: 'services/specs',
  nameFormat: 'dns1035',
  prepareForCreate: (service) => addressesInStep(service, undefined),
  prepareForUpdate: (service, old, { subresource }) =>
    subresource === 'status' ? service : withoutUnneeded(addressesInStep(keepAllocated(service, old), old), old),
  validate: validateService,
  validateUpdate: (service, old, { subresource }) =>
    subresource === 'status' ? validateServiceStatus(service, old) : validateServiceUpdate(service, old),
  warnings: serviceWarnings,
  selectableFields: ({ spec }) => ({ 'spec.clusterIP': spec?.clusterIP ?? '', 'spec.type': spec?.type ?? '' }),
  cells: serviceCells,
});
