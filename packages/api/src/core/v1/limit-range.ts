/** LimitRange, v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { LimitRange } from '../../generated/types/core-v1.ts';

export const limitRanges = defineResource<LimitRange>(facts.core.v1.LimitRange);
