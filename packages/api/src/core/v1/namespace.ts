/** Namespace, v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { Namespace } from '../../generated/types/core-v1.ts';

export const namespaces = defineResource<Namespace>(facts.core.v1.Namespace, {
  acts: true,
});
