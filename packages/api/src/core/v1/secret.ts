/** Secret, v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { Secret } from '../../generated/types/core-v1.ts';

export const secrets = defineResource<Secret>(facts.core.v1.Secret, {
  acts: true,
});
