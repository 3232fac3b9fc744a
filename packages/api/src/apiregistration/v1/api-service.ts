/** APIService, apiregistration.k8s.io/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { APIService } from '../../generated/types/apiregistration-v1.ts';

export const apiServices = defineResource<APIService>(facts.apiregistration.v1.APIService, {
  storagePrefix: 'apiregistration.k8s.io/apiservices',
});
