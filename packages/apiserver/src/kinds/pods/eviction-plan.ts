/**
 * Whether a pod may be evicted now, by the disruption budgets that select it: as it is, by taking one of a budget's allowed
 * disruptions, or not yet. Pure.
 */
import { selectorOf } from '@mkube/apimachinery';
import type { Pod, PodDisruptionBudget } from '@mkube/api';

export type EvictionPlan =
  | { action: 'evict' }
  | { action: 'disrupt'; budget: PodDisruptionBudget }
  /** For now; where it is known when to ask again, it is said. */
  | { action: 'refuse'; cause: string; retryAfterSeconds?: number }
  | { action: 'forbid'; budget: string; why: string }
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
  const forbid = (why: string): EvictionPlan => ({ action: 'forbid', budget: name, why });
  if ((status.observedGeneration ?? 0) < (generation ?? 0)) {
    const cause = `The disruption budget ${name} is still being processed by the server.`;
    return { action: 'refuse', cause, retryAfterSeconds: 10 };
  }
  if (status.disruptionsAllowed < 0) return forbid('pdb disruptions allowed is negative');
  if (Object.keys(status.disruptedPods ?? {}).length > LIMIT_PER_BUDGET)
    return forbid('DisruptedPods map too big - too many evictions not confirmed by PDB controller');
  if (status.disruptionsAllowed === 0)
    return { action: 'refuse', cause: `The disruption budget ${name} ${whyNot(budget)}` };
  return { action: 'disrupt', budget };
}

function whyNot({ status }: PodDisruptionBudget): string {
  const said = status.conditions?.find(({ type, status: is }) => type === 'DisruptionAllowed' && is === 'False');
  const cannot = 'does not allow evicting pods currently';
  if (said?.message && said.reason === 'SyncFailed') return `${cannot} because it failed sync: ${said.message}`;
  if (status.currentHealthy <= status.desiredHealthy)
    return `needs ${status.desiredHealthy} healthy pods and has ${status.currentHealthy} currently`;
  return said?.message ? `${cannot} (${said.reason}): ${said.message}` : cannot;
}

const isOver = ({ status }: Pod): boolean => status.phase === 'Succeeded' || status.phase === 'Failed';

const isReady = ({ status }: Pod): boolean =>
  status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;

/** A pod that serves nobody may go while the budget is met; always where the budget says so. */
const mayGoUnready = ({ spec, status }: PodDisruptionBudget): boolean =>
  spec.unhealthyPodEvictionPolicy === 'AlwaysAllow' ||
  (status.currentHealthy >= status.desiredHealthy && status.desiredHealthy > 0);
