/** ResourceQuota, v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { ResourceQuota } from '../../generated/types/core-v1.ts';

export const resourceQuotas = defineResource<ResourceQuota>(facts.core.v1.ResourceQuota);
