/**
 * Graceful shutdown of the machine: which pods end together, and how long each may take. Groups go from the lowest priority up,
 * so that what the node itself needs is there to the last. Pure.
 */
import type { Pod } from '@mkube/api';
import { SYSTEM_CRITICAL } from '../eviction/rank-plan.ts';

/** Pods of this priority, and above it up to the next group's, have so long. */
export interface ShutdownGrace {
  priority: number;
  seconds: number;
}

export interface ShutdownGroup extends ShutdownGrace {
  pods: Pod[];
}

/** shutdownGracePeriod and shutdownGracePeriodCriticalPods: the second is the part of the first that critical pods have to themselves. */
export function graceOf(totalSeconds: number, criticalSeconds: number): ShutdownGrace[] {
  if (totalSeconds <= 0 || criticalSeconds > totalSeconds) return [];
  return [
    { priority: 0, seconds: totalSeconds - criticalSeconds },
    { priority: SYSTEM_CRITICAL, seconds: criticalSeconds },
  ];
}

/** Lowest first; groups without pods are left out. */
export function planShutdown(grace: readonly ShutdownGrace[], pods: readonly Pod[]): ShutdownGroup[] {
  const groups = grace.toSorted((a, b) => a.priority - b.priority).map((group) => ({ ...group, pods: [] as Pod[] }));
  for (const pod of pods) groupFor(groups, pod.spec.priority ?? 0)?.pods.push(pod);
  return groups.filter((group) => group.pods.length > 0);
}

const groupFor = (groups: readonly ShutdownGroup[], priority: number): ShutdownGroup | undefined =>
  groups.findLast((group) => group.priority <= priority) ?? groups[0];

/** A pod that asks for less gets less. */
export const graceSecondsIn = (group: ShutdownGrace, { spec }: Pod): number =>
  Math.min(group.seconds, spec.terminationGracePeriodSeconds ?? 30);
