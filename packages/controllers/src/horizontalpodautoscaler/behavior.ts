/**
 * How fast a size may change: the policies of spec.behavior, and the stabilization windows that keep a number of replicas
 * from flapping. What was recommended and done before is handed in. Pure.
 */
import type { HPAScalingRules, HorizontalPodAutoscaler } from '@mkube/api';

export interface Recorded {
  at: number;
  value: number;
}

/** What one autoscaler has recommended and done lately. */
export interface Memory {
  recommendations: Recorded[];
  added: Recorded[];
  removed: Recorded[];
}

export const emptyMemory = (): Memory => ({ recommendations: [], added: [], removed: [] });

const UP: Required<Pick<HPAScalingRules, 'stabilizationWindowSeconds' | 'selectPolicy' | 'policies'>> = {
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
};
const DOWN: typeof UP = {
  stabilizationWindowSeconds: 300,
  selectPolicy: 'Max',
  policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
};

const rulesOf = (given: HPAScalingRules | undefined, byDefault: typeof UP): typeof UP => ({
  stabilizationWindowSeconds: given?.stabilizationWindowSeconds ?? byDefault.stabilizationWindowSeconds,
  selectPolicy: given?.selectPolicy ?? byDefault.selectPolicy,
  policies: given?.policies ?? byDefault.policies,
});

export interface Limits {
  hpa: HorizontalPodAutoscaler;
  current: number;
  desired: number;
  memory: Memory;
  now: number;
}

export interface Limited {
  replicas: number;
  /** [reason, message] of ScalingLimited where something holds it back. */
  limited?: readonly [string, string];
  stabilized: boolean;
}

/** Records the recommendation, and answers with what may be done of it now. */
export function limit({ hpa, current, desired, memory, now }: Limits): Limited {
  const up = rulesOf(hpa.spec.behavior?.scaleUp, UP);
  const down = rulesOf(hpa.spec.behavior?.scaleDown, DOWN);
  const longest = Math.max(up.stabilizationWindowSeconds, down.stabilizationWindowSeconds) * 1000;
  memory.recommendations = [
    ...memory.recommendations.filter(({ at }) => at >= now - longest),
    { at: now, value: desired },
  ];
  const stable = stabilize(memory.recommendations, {
    current,
    up: up.stabilizationWindowSeconds,
    down: down.stabilizationWindowSeconds,
    now,
  });
  const { minReplicas = 1, maxReplicas } = hpa.spec;
  const stabilized = stable !== desired;
  if (stable > current) {
    const most = limitOf(current, up, memory, { now, direction: 1 });
    if (stable > most && most < maxReplicas)
      return {
        replicas: most,
        limited: ['ScaleUpLimit', 'the desired replica count is increasing faster than the maximum scale rate'],
        stabilized,
      };
    if (stable > maxReplicas)
      return {
        replicas: maxReplicas,
        limited: ['TooManyReplicas', 'the desired replica count is more than the maximum replica count'],
        stabilized,
      };
  } else if (stable < current) {
    const least = limitOf(current, down, memory, { now, direction: -1 });
    if (stable < least && least > minReplicas)
      return {
        replicas: least,
        limited: ['ScaleDownLimit', 'the desired replica count is decreasing faster than the maximum scale rate'],
        stabilized,
      };
    if (stable < minReplicas)
      return {
        replicas: minReplicas,
        limited: ['TooFewReplicas', 'the desired replica count is less than the minimum replica count'],
        stabilized,
      };
  } else if (stable > maxReplicas) return { replicas: maxReplicas, stabilized };
  return { replicas: stable, stabilized };
}

/** Up by no more than the least of the window, down by no less than the most of it. */
function stabilize(
  recommendations: readonly Recorded[],
  { current, up, down, now }: { current: number; up: number; down: number; now: number },
): number {
  const within = (seconds: number) =>
    recommendations.filter(({ at }) => at >= now - seconds * 1000).map(({ value }) => value);
  const lowest = Math.min(...within(up));
  const highest = Math.max(...within(down));
  return current < lowest ? lowest : current > highest ? highest : current;
}

const changed = (events: readonly Recorded[], seconds: number, now: number): number =>
  events.filter(({ at }) => at > now - seconds * 1000).reduce((sum, { value }) => sum + value, 0);

/** How far the policies let the count go, up (1) or down (-1), given what was added and removed lately. */
function limitOf(
  current: number,
  { selectPolicy, policies }: typeof UP,
  { added, removed }: Memory,
  { now, direction }: { now: number; direction: 1 | -1 },
): number {
  if (selectPolicy === 'Disabled') return current;
  const limits = policies.map(({ type, value, periodSeconds }) => {
    const before = current - changed(added, periodSeconds, now) + changed(removed, periodSeconds, now);
    return type === 'Pods' ? before + direction * value : Math.ceil(before * (1 + (direction * value) / 100));
  });
  // 'Min' is the smaller change, whichever way it goes
  return (selectPolicy === 'Min') === direction > 0 ? Math.min(...limits) : Math.max(...limits);
}

/** Remembers what was done, for the policies' periods (half an hour at most). */
export function recordChange(memory: Memory, { from, to, now }: { from: number; to: number; now: number }): void {
  const recent = (events: Recorded[]) => events.filter(({ at }) => at > now - 1_800_000);
  memory.added = recent(memory.added);
  memory.removed = recent(memory.removed);
  (to > from ? memory.added : memory.removed).push({ at: now, value: Math.abs(to - from) });
}
