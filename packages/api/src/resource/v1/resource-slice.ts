/** ResourceSlice, resource.k8s.io/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { ResourceSlice } from '../../generated/types/resource-v1.ts';

export const resourceSlices = defineResource<ResourceSlice>(facts.resource.v1.ResourceSlice);
