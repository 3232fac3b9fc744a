/** How many pods of a PodDisruptionBudget may be evicted right now. Pure. */
import { isDeepStrictEqual } from 'node:util';
import {
  type Pod,
  type PodDisruptionBudget,
  type PodDisruptionBudgetStatus,
  isPodReady,
  scaleIntOrPercent,
} from '@mkube/api';
import { type Condition, formatTime, isDeleting, withCondition } from '@mkube/apimachinery';

/** An eviction that was granted counts as done for so long, in case the pod's deletion is slow to show. */
const GRANTED_FOR_MS = 120_000;

export interface BudgetFacts {
  budget: PodDisruptionBudget;
  /** Those that the selector picks. */
  pods: readonly Pod[];
  /** How many there should be, by their controllers; asked only where the budget needs it. */
  expected: () => number;
  now: Date;
}

export interface BudgetPlan {
  status: PodDisruptionBudgetStatus;
  /** Milliseconds until a granted eviction no longer counts. */
  requeueAfter?: number;
}

export function planBudget(facts: BudgetFacts): BudgetPlan {
  const { budget, pods, now } = facts;
  const { disruptedPods, requeueAfter } = stillGranted(facts);
  const healthy = pods.filter(
    (pod) => isPodReady(pod) && !isDeleting(pod) && !(pod.metadata.name in disruptedPods),
  ).length;
  const { expectedPods, desiredHealthy } = demandOf(facts);
  const disruptionsAllowed = expectedPods <= 0 ? 0 : Math.max(0, healthy - desiredHealthy);
  const status: PodDisruptionBudgetStatus = {
    ...(budget.metadata.generation !== undefined && { observedGeneration: budget.metadata.generation }),
    ...(Object.keys(disruptedPods).length > 0 && { disruptedPods }),
    disruptionsAllowed,
    currentHealthy: healthy,
    desiredHealthy,
    expectedPods,
    conditions: [...withCondition(budget.status.conditions, allowance(budget, disruptionsAllowed, now))],
  };
  return { status, ...(requeueAfter !== undefined && { requeueAfter }) };
}

export const isSameStatus = (a: PodDisruptionBudgetStatus, b: PodDisruptionBudgetStatus): boolean =>
  isDeepStrictEqual(a, b);

function demandOf({ budget, pods, expected }: BudgetFacts): { expectedPods: number; desiredHealthy: number } {
  const { minAvailable, maxUnavailable } = budget.spec;
  if (maxUnavailable !== undefined) {
    const expectedPods = expected();
    return {
      expectedPods,
      desiredHealthy: Math.max(0, expectedPods - (scaleIntOrPercent(maxUnavailable, expectedPods, 'up') ?? 0)),
    };
  }
  if (typeof minAvailable === 'string') {
    const expectedPods = expected();
    return { expectedPods, desiredHealthy: scaleIntOrPercent(minAvailable, expectedPods, 'up') ?? 0 };
  }
  return { expectedPods: pods.length, desiredHealthy: minAvailable ?? 0 };
}

function stillGranted({ budget, pods, now }: BudgetFacts) {
  const disruptedPods: Record<string, string> = {};
  const ends: number[] = [];
  for (const [name, since] of Object.entries(budget.status.disruptedPods ?? {})) {
    const pod = pods.find(({ metadata }) => metadata.name === name);
    const left = Date.parse(since) + GRANTED_FOR_MS - now.getTime();
    if (!pod || isDeleting(pod) || left <= 0) continue;
    disruptedPods[name] = since;
    ends.push(left);
  }
  return { disruptedPods, requeueAfter: ends.length > 0 ? Math.min(...ends) : undefined };
}

function allowance({ metadata }: PodDisruptionBudget, allowed: number, now: Date): Condition {
  const [status, reason] =
    allowed > 0 ? (['True', 'SufficientPods'] as const) : (['False', 'InsufficientPods'] as const);
  const { generation } = metadata;
  return {
    type: 'DisruptionAllowed',
    status,
    ...(generation !== undefined && { observedGeneration: generation }),
    lastTransitionTime: formatTime(now),
    reason,
    message: '',
  };
}
