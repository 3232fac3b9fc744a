/** Delays that double up to a bound, each stretched by up to `jitter` of itself, and start anew after `reset`. */
export interface Backoff {
  next(): number;
  reset(): void;
}

export interface BackoffOptions {
  baseMs: number;
  maxMs: number;
  random: () => number;
  jitter?: number;
}

export function createBackoff({ baseMs, maxMs, random, jitter = 1 }: BackoffOptions): Backoff {
  let failures = 0;
  return {
    next() {
      const delay = Math.min(baseMs * 2 ** Math.min(failures++, 30), maxMs);
      return delay * (1 + random() * jitter);
    },
    reset() {
      failures = 0;
    },
  };
}
