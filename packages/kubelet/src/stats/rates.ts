/**
 * How much counters of CPU time grow, in nanocores, from one asking to the next. Nobody reads in between: the first answer has
 * no rate, and askings close together share one.
 */
const LEAST_MS = 1000;
const FORGOTTEN_AFTER_MS = 600_000;

interface Kept {
  at: number;
  value: number;
  rate: number | undefined;
}

export interface Rates {
  of(key: string, at: Date, value: number): number | undefined;
}

export function createRates(): Rates {
  const kept = new Map<string, Kept>();
  return {
    of(key, at, value) {
      const now = at.getTime();
      const before = kept.get(key);
      if (before && now - before.at < LEAST_MS) return before.rate;
      const isGrown = before !== undefined && value >= before.value;
      const rate = isGrown ? ((value - before.value) * 1000) / (now - before.at) : undefined;
      kept.set(key, { at: now, value, rate });
      for (const [old, entry] of kept) if (now - entry.at > FORGOTTEN_AFTER_MS) kept.delete(old);
      return rate;
    },
  };
}
