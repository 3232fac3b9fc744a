/** Which pulls have failed lately, and how long each has to wait: 10 s doubling to 5 min, forgotten after ten quiet minutes. */
import type { Clock } from '@mkube/client';

const FIRST_MS = 10_000;
const LONGEST_MS = 300_000;
const FORGOTTEN_AFTER_MS = 600_000;

interface Failure {
  at: number;
  waitMs: number;
  why: string;
}

export interface PullBackOff {
  waitOf(key: string): { until: Date; why: string } | undefined;
  fail(key: string, why: string): void;
  forget(key: string): void;
}

export function createPullBackOff(clock: Clock): PullBackOff {
  const failures = new Map<string, Failure>();
  const now = (): number => clock.monotonic();
  const prune = (): void => {
    for (const [key, { at }] of failures) if (now() - at > FORGOTTEN_AFTER_MS) failures.delete(key);
  };
  return {
    waitOf(key) {
      const failure = failures.get(key);
      const leftMs = failure ? failure.at + failure.waitMs - now() : 0;
      if (!failure || leftMs <= 0) return undefined;
      return { until: new Date(clock.now().getTime() + leftMs), why: failure.why };
    },
    fail(key, why) {
      prune();
      const before = failures.get(key);
      failures.set(key, { at: now(), waitMs: before ? Math.min(before.waitMs * 2, LONGEST_MS) : FIRST_MS, why });
    },
    forget(key) {
      failures.delete(key);
    },
  };
}
