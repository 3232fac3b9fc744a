/** HorizontalPodAutoscaler, autoscaling/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { HorizontalPodAutoscaler } from '../../generated/types/autoscaling-v1.ts';

export const horizontalPodAutoscalersV1 = defineResource<HorizontalPodAutoscaler>(
  facts.autoscaling.v1.HorizontalPodAutoscaler,
);
