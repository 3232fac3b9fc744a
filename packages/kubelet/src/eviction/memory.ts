/**
 * What eviction remembers between two looks: since when each threshold is crossed, and when each kind of pressure was last
 * seen, as a condition stays for a while after what caused it. Pure: each look gives the next memory.
 */
import { type Crossed, isSame, NO_PRESSURE, type Pressure, pressureOf } from './pressure.ts';

export interface EvictionMemory {
  crossed: readonly (Crossed & { since: Date })[];
  seen: Readonly<Partial<Record<keyof Pressure, Date>>>;
}

export const NOTHING_SEEN: EvictionMemory = { crossed: [], seen: {} };

export interface Looked {
  memory: EvictionMemory;
  pressure: Pressure;
  /** Crossed for as long as their grace asks: something has to go. */
  due: Crossed[];
}

const KINDS = Object.keys(NO_PRESSURE) as (keyof Pressure)[];

export function lookAtPressure(
  before: EvictionMemory,
  crossed: readonly Crossed[],
  { now, transitionSeconds }: { now: Date; transitionSeconds: number },
): Looked {
  const held = crossed.map((threshold) => ({
    ...threshold,
    since: before.crossed.find((other) => isSame(other, threshold))?.since ?? now,
  }));
  const observed = pressureOf(crossed);
  const seen = Object.fromEntries(
    KINDS.map((kind) => [kind, observed[kind] ? now : before.seen[kind]]).filter(([, at]) => at !== undefined),
  ) as EvictionMemory['seen'];
  const lasts = (kind: keyof Pressure): boolean => {
    const at = seen[kind];
    return at !== undefined && (observed[kind] || now.getTime() - at.getTime() < transitionSeconds * 1000);
  };
  return {
    memory: { crossed: held, seen },
    pressure: { memory: lasts('memory'), disk: lasts('disk'), pid: lasts('pid') },
    due: held.filter(({ since, graceSeconds }) => now.getTime() - since.getTime() >= graceSeconds * 1000),
  };
}
