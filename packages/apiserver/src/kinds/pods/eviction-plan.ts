/**
 * Whether a pod may be evicted now, by the disruption budgets that select it: as it is, by taking one of a budget's allowed
 * disruptions, or not yet. Pure.
 */
import { selectorOf } from '@mkube/apimachinery';
import type { Pod, PodDisruptionBudget } from '@mkube/api';

export type EvictionPlan =
  | { action: 'evict' }
  | { action: 'disrupt'; budget: PodDisruptionBudget }
  | { action: 'refuse'; message: string; cause?: string; retryAfterSeconds: number }
  | { action: 'confused' };

const LIMIT_PER_BUDGET = 2000;

export function planEviction(pod: Pod, budgets: readonly PodDisruptionBudget[]): EvictionPlan {
  if (pod.metadata.deletionTimestamp || isOver(pod) || pod.status.phase === 'Pending') return { action: 'evict' };
  const selecting = budgets.filter(
    ({ spec }) => spec.selector && selectorOf(spec.selector).matches(pod.metadata.labels),
  );
  const [budget, ...others] = selecting;
  if (!budget) return { action: 'evict' };
  if (others.length > 0) return { action: 'confused' };
  if (!isReady(pod) && mayGoUnready(budget)) return { action: 'evict' };
  return planDisruption(budget);
}

function planDisruption(budget: PodDisruptionBudget): EvictionPlan {
  const { name, generation } = budget.metadata;
  const { status } = budget;
  const refuse = (message: string, cause: string, retryAfterSeconds: number): EvictionPlan => ({
    action: 'refuse',
    message,
    cause,
    retryAfterSeconds,
  });
  const blocked = "Cannot evict pod as it would violate the pod's disruption budget.";
  if ((status.observedGeneration ?? 0) < (generation ?? 0))
    return refuse(blocked, `The disruption budget ${name} is still being processed by the server.`, 10);
  if (Object.keys(status.disruptedPods ?? {}).length > LIMIT_PER_BUDGET)
    return refuse(blocked, `The disruption budget ${name} has too many evictions that have not been confirmed yet`, 0);
  if (status.disruptionsAllowed <= 0)
    return refuse(
      blocked,
      `The disruption budget ${name} needs ${status.desiredHealthy} healthy pods and has ${status.currentHealthy} currently`,
      0,
    );
  return { action: 'disrupt', budget };
}

const isOver = ({ status }: Pod): boolean => status.phase === 'Succeeded' || status.phase === 'Failed';

const isReady = ({ status }: Pod): boolean =>
  status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;

/** A pod that serves nobody may go while the budget is met; always where the budget says so. */
const mayGoUnready = ({ spec, status }: PodDisruptionBudget): boolean =>
  spec.unhealthyPodEvictionPolicy === 'AlwaysAllow' ||
  (status.currentHealthy >= status.desiredHealthy && status.desiredHealthy > 0);
