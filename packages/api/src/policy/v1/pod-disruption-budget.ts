/** PodDisruptionBudget, policy/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { PodDisruptionBudget } from '../../generated/types/policy-v1.ts';

export const podDisruptionBudgets = defineResource<PodDisruptionBudget>(facts.policy.v1.PodDisruptionBudget);
