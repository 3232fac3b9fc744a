/** Ingress, networking.k8s.io/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { Ingress } from '../../generated/types/networking-v1.ts';

export const ingresses = defineResource<Ingress>(facts.networking.v1.Ingress, {
  storagePrefix: 'ingress',
});
