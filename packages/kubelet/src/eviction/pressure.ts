/**
 * Which thresholds are crossed and what follows: a signal with less available than its quantity or share ('100Mi', '5%'), soft
 * ones only once their grace is over, and a crossed one until its minimum reclaim is free as well. Pure.
 */
import { valueOf } from '@mkube/apimachinery';
import type { SignalName, Signals } from './signals.ts';

export type Thresholds = Partial<Record<SignalName, string>>;

export interface ThresholdOptions {
  evictionHard: Thresholds;
  evictionSoft: Thresholds;
  evictionSoftGracePeriodSeconds: Partial<Record<string, number>>;
  evictionMinimumReclaim: Thresholds;
}

export interface Threshold {
  signal: SignalName;
  quantity: string;
  /** 0: hard. */
  graceSeconds: number;
  minimumReclaim?: string;
}

export interface Crossed extends Threshold {
  resource: StarvedResource;
  available: number;
}

/** As a user reads it. */
export type StarvedResource = 'memory' | 'ephemeral-storage' | 'inodes' | 'pids';

const RESOURCES: Record<SignalName, StarvedResource> = {
  'memory.available': 'memory',
  'nodefs.available': 'ephemeral-storage',
  'nodefs.inodesFree': 'inodes',
  'imagefs.available': 'ephemeral-storage',
  'imagefs.inodesFree': 'inodes',
  'pid.available': 'pids',
};

/** In the order in which they are dealt with: memory before all others. */
export const SIGNALS = Object.keys(RESOURCES) as SignalName[];

export function thresholdsOf(options: ThresholdOptions): Threshold[] {
  const { evictionHard, evictionSoft, evictionSoftGracePeriodSeconds: grace, evictionMinimumReclaim } = options;
  const thresholds = (from: Thresholds, graceOf: (signal: SignalName) => number): Threshold[] =>
    SIGNALS.flatMap((signal) => {
      const quantity = from[signal];
      const minimumReclaim = evictionMinimumReclaim[signal];
      if (!quantity || /^(0|0?%|100%)$/.test(quantity)) return []; // Kubernetes' ways to say: never
      return [{ signal, quantity, graceSeconds: graceOf(signal), ...(minimumReclaim && { minimumReclaim }) }];
    });
  return [...thresholds(evictionHard, () => 0), ...thresholds(evictionSoft, (signal) => grace[signal] ?? 0)];
}

/** `before`: what was crossed at the last look stays so until its minimum reclaim is free too. */
export function crossedThresholds(
  signals: Signals,
  thresholds: readonly Threshold[],
  before: readonly Threshold[] = [],
): Crossed[] {
  return thresholds.flatMap((threshold) => {
    const seen = signals[threshold.signal];
    if (!seen) return [];
    const wasCrossed = before.some((other) => isSame(other, threshold));
    const reclaim = wasCrossed ? thresholdAmount(threshold.minimumReclaim, seen.capacity) : 0;
    const least = thresholdAmount(threshold.quantity, seen.capacity) + reclaim;
    return seen.available < least
      ? [{ ...threshold, resource: RESOURCES[threshold.signal], available: seen.available }]
      : [];
  });
}

export const isSame = (a: Threshold, b: Threshold): boolean =>
  a.signal === b.signal && a.graceSeconds === b.graceSeconds;

export const thresholdAmount = (quantity: string | undefined, capacity: number): number => {
  if (!quantity) return 0;
  return quantity.endsWith('%') ? (capacity * Number(quantity.slice(0, -1))) / 100 : valueOf(quantity);
};

export interface Pressure {
  memory: boolean;
  disk: boolean;
  pid: boolean;
}

export const NO_PRESSURE: Pressure = { memory: false, disk: false, pid: false };

export const pressureOf = (crossed: readonly { signal: SignalName }[]): Pressure => ({
  memory: crossed.some(({ signal }) => RESOURCES[signal] === 'memory'),
  disk: crossed.some(({ signal }) => ['ephemeral-storage', 'inodes'].includes(RESOURCES[signal])),
  pid: crossed.some(({ signal }) => RESOURCES[signal] === 'pids'),
});
