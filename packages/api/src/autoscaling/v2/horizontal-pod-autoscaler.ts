/** HorizontalPodAutoscaler, autoscaling/v2: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { HorizontalPodAutoscaler } from '../../generated/types/autoscaling-v2.ts';

export const horizontalPodAutoscalers = defineResource<HorizontalPodAutoscaler>(
  facts.autoscaling.v2.HorizontalPodAutoscaler,
);
