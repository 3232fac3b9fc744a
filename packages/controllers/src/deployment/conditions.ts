/** Deployment conditions: which say the same, and which times move when one is set. Pure. */
import type { DeploymentCondition } from '@mkube/api';
import { formatTime } from '@mkube/apimachinery';

export const condition = (
  type: string,
  status: 'True' | 'False' | 'Unknown',
  reason: string,
  message: string,
): DeploymentCondition => ({
  type,
  status,
  reason,
  message,
});

export const conditionOf = (
  conditions: readonly DeploymentCondition[],
  type: string,
): DeploymentCondition | undefined => conditions.find((c) => c.type === type);

export const withoutCondition = (
  conditions: readonly DeploymentCondition[],
  type: string,
): readonly DeploymentCondition[] => conditions.filter((c) => c.type !== type);

/**
 * Nothing changes where status and reason are the same. `before` is what the transition is measured from, when that is not
 * among the conditions any more.
 */
export function setCondition(
  conditions: readonly DeploymentCondition[],
  next: DeploymentCondition | undefined,
  now: Date,
  before = next && conditionOf(conditions, next.type),
): readonly DeploymentCondition[] {
  if (!next) return conditions;
  const current = conditionOf(conditions, next.type);
  if (current && current.status === next.status && current.reason === next.reason) return conditions;
  const time = formatTime(now);
  const lastTransitionTime = before?.status === next.status ? (before.lastTransitionTime ?? time) : time;
  const { type, status, reason, message } = next;
  return [
    ...withoutCondition(conditions, type),
    { type, status, lastUpdateTime: time, lastTransitionTime, reason, message },
  ];
}
