/** ConfigMap, v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { ConfigMap } from '../../generated/types/core-v1.ts';

export const configMaps = defineResource<ConfigMap>(facts.core.v1.ConfigMap, {
  acts: true,
});
