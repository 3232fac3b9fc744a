/** NetworkPolicy, networking.k8s.io/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { NetworkPolicy } from '../../generated/types/networking-v1.ts';

export const networkPolicies = defineResource<NetworkPolicy>(facts.networking.v1.NetworkPolicy);
