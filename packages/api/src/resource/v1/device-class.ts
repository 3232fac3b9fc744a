/** DeviceClass, resource.k8s.io/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { DeviceClass } from '../../generated/types/resource-v1.ts';

export const deviceClasses = defineResource<DeviceClass>(facts.resource.v1.DeviceClass);
