/** IngressClass, networking.k8s.io/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { IngressClass } from '../../generated/types/networking-v1.ts';

export const ingressClasses = defineResource<IngressClass>(facts.networking.v1.IngressClass);
