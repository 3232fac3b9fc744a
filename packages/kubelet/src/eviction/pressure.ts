/** Which thresholds are crossed: a signal with less available than its quantity or share ('100Mi', '5%'). Pure. */
import { valueOf } from '@mkube/apimachinery';
import type { SignalName, Signals } from './signals.ts';

export type Thresholds = Partial<Record<SignalName, string>>;

export interface Crossed {
  signal: SignalName;
  /** As a user reads it. */
  resource: 'memory' | 'ephemeral-storage' | 'inodes' | 'pids';
  threshold: string;
  available: number;
}

const RESOURCES: Record<SignalName, Crossed['resource']> = {
  'memory.available': 'memory',
  'nodefs.available': 'ephemeral-storage',
  'nodefs.inodesFree': 'inodes',
  'pid.available': 'pids',
};

export function crossedThresholds(signals: Signals, thresholds: Thresholds): Crossed[] {
  return (Object.keys(thresholds) as SignalName[]).flatMap((signal) => {
    const seen = signals[signal];
    const threshold = thresholds[signal];
    if (!seen || !threshold) return [];
    const least = threshold.endsWith('%') ? (seen.capacity * Number(threshold.slice(0, -1))) / 100 : valueOf(threshold);
    return seen.available < least
      ? [{ signal, resource: RESOURCES[signal], threshold, available: seen.available }]
      : [];
  });
}

export interface Pressure {
  memory: boolean;
  disk: boolean;
  pid: boolean;
}

export const pressureOf = (crossed: readonly Crossed[]): Pressure => ({
  memory: crossed.some(({ resource }) => resource === 'memory'),
  disk: crossed.some(({ resource }) => resource === 'ephemeral-storage' || resource === 'inodes'),
  pid: crossed.some(({ resource }) => resource === 'pids'),
});
