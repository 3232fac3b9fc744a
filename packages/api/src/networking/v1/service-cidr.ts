/** ServiceCIDR, networking.k8s.io/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { ServiceCIDR } from '../../generated/types/networking-v1.ts';

export const serviceCIDRs = defineResource<ServiceCIDR>(facts.networking.v1.ServiceCIDR);
