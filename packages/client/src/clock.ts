/**
 * Time as an argument: whatever waits or stamps takes a Clock, so that tests, simulations and users can drive it.
 * `systemClock` is the machine's; `createManualClock` moves only when told to.
 */
export interface Clock {
  now(): Date;
  /** Milliseconds by which to tell how long something takes: nobody sets this clock, and it stands still while the machine sleeps. */
  monotonic(): number;
  /** Runs once, `ms` from now; returns what cancels it. */
  after(ms: number, run: () => void): () => void;
}

const LONGEST = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, Math.min(Math.max(ms, 0), LONGEST));
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms`; rejects with the signal's reason when that comes first. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const onAbort = () => {
      cancel();
      reject(signal?.reason as Error);
    };
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** As `sleep`, but resolves at an abort as well: for loops that test the signal themselves. */
export const pause = (clock: Clock, ms: number, signal: AbortSignal): Promise<void> =>
  sleep(clock, ms, signal).catch(() => undefined);

export interface ManualClock extends Clock {
  /** Moves time and runs what falls due, in order. */
  advance(ms: number): void;
  /** Somebody corrects the time of day: nothing falls due by that. */
  set(now: Date): void;
}

export function createManualClock(start = new Date('2025-01-01T00:00:00Z')): ManualClock {
  let now = 0;
  let began = start.getTime();
  let timers: { at: number; run: () => void }[] = [];
  const nextDue = (until: number) =>
    timers
      .filter((t) => t.at <= until)
      .reduce<(typeof timers)[number] | undefined>((a, b) => (a && a.at <= b.at ? a : b), undefined);
  return {
    now: () => new Date(began + now),
    monotonic: () => now,
    after(ms, run) {
      const timer = { at: now + Math.max(ms, 0), run };
      timers.push(timer);
      return () => {
        timers = timers.filter((t) => t !== timer);
      };
    },
    advance(ms) {
      const until = now + ms;
      for (let due = nextDue(until); due; due = nextDue(until)) {
        timers = timers.filter((t) => t !== due);
        now = Math.max(now, due.at);
        due.run();
      }
      now = until;
    },
    set(date) {
      began = date.getTime() - now;
    },
  };
}
