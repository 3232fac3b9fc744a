/** ResourceClaim, resource.k8s.io/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { ResourceClaim } from '../../generated/types/resource-v1.ts';

export const resourceClaims = defineResource<ResourceClaim>(facts.resource.v1.ResourceClaim);
