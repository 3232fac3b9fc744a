/** Pod, v1: what the facts do not hold. */
import { defineResource } from '../../../define.ts';
import { facts } from '../../../generated/resources.ts';
import type { Pod } from '../../../generated/types/core-v1.ts';

export const pods = defineResource<Pod>(facts.core.v1.Pod, {
  acts: true,
});
