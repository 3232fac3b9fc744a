/**
 * How long a failed item waits, as client-go: the longer of its own doubling delay (5 ms to 1000 s) and a bucket shared by
 * all (10 a second, 100 at once). Time is injected.
 */
import type { Clock } from '../clock.ts';

export interface RateLimiter<K> {
  /** Milliseconds to wait before the next try; counts as a failure. */
  when(item: K): number;
  forget(item: K): void;
  failures(item: K): number;
}

export interface RateLimiterOptions {
  clock: Clock;
  baseMs?: number;
  maxMs?: number;
  perSecond?: number;
  burst?: number;
}

export function createRateLimiter<K>(options: RateLimiterOptions): RateLimiter<K> {
  const { baseMs = 5, maxMs = 1_000_000 } = options;
  const bucket = createTokenBucket(options);
  const failures = new Map<K, number>();
  return {
    when(item) {
      const count = failures.get(item) ?? 0;
      failures.set(item, count + 1);
      return Math.max(Math.min(baseMs * 2 ** Math.min(count, 40), maxMs), bucket.reserve());
    },
    forget: (item) => void failures.delete(item),
    failures: (item) => failures.get(item) ?? 0,
  };
}

export interface TokenBucket {
  /** Takes a token, from the future if need be: milliseconds until it is there. */
  reserve(): number;
  /** Takes a token only if there is one. */
  tryTake(): boolean;
}

export function createTokenBucket({ clock, perSecond = 10, burst = 100 }: RateLimiterOptions): TokenBucket {
  let tokens = burst;
  let at = clock.monotonic();
  const refill = () => {
    const now = clock.monotonic();
    tokens = Math.min(burst, tokens + ((now - at) / 1000) * perSecond);
    at = now;
  };
  return {
    reserve() {
      refill();
      tokens -= 1;
      return tokens >= 0 ? 0 : (-tokens / perSecond) * 1000;
    },
    tryTake() {
      refill();
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
