/** EndpointSlice, discovery.k8s.io/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { EndpointSlice } from '../../generated/types/discovery-v1.ts';

export const endpointSlices = defineResource<EndpointSlice>(facts.discovery.v1.EndpointSlice, {
  acts: true,
});
