/** Binding, v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { Binding } from '../../generated/types/core-v1.ts';

export const bindings = defineResource<Binding>(facts.core.v1.Binding, {
  acts: true,
});
