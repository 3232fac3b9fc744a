/**
 * A queue of keys with client-go's guarantees: a key waits at most once, is never handed to two workers at a time, and when
 * it is added while being worked on it comes again after `done`. Delayed and rate-limited adds run on the injected clock.
 */
import type { Clock } from '../clock.ts';
import { type RateLimiter, createRateLimiter } from './rate-limiter.ts';

export interface WorkQueueOptions<K> {
  clock: Clock;
  limiter?: RateLimiter<K>;
}

export class WorkQueue<K> {
  readonly #clock: Clock;
  readonly #limiter: RateLimiter<K>;
  readonly #waiting = new Set<K>();
  readonly #processing = new Set<K>();
  readonly #again = new Set<K>();
  readonly #timers = new Map<K, { at: number; cancel: () => void }>();
  readonly #takers: ((item: K | undefined) => void)[] = [];
  #closed = false;

  constructor({ clock, limiter }: WorkQueueOptions<K>) {
    this.#clock = clock;
    this.#limiter = limiter ?? createRateLimiter({ clock });
  }

  /** Keys that wait for a worker. */
  get length(): number {
    return this.#waiting.size;
  }

  /** True when nothing waits and nothing is worked on. */
  get isIdle(): boolean {
    return this.#waiting.size + this.#processing.size === 0;
  }

  add(item: K): void {
    if (this.#closed) return;
    if (this.#processing.has(item)) {
      this.#again.add(item);
      return;
    }
    if (this.#waiting.has(item)) return;
    const taker = this.#takers.shift();
    if (!taker) {
      this.#waiting.add(item);
      return;
    }
    this.#processing.add(item);
    taker(item);
  }

  /** Of several delays for one key the earliest counts. */
  addAfter(item: K, ms: number): void {
    if (ms <= 0) return this.add(item);
    if (this.#closed) return;
    const at = this.#clock.monotonic() + ms;
    const known = this.#timers.get(item);
    if (known && known.at <= at) return;
    known?.cancel();
    const cancel = this.#clock.after(ms, () => {
      this.#timers.delete(item);
      this.add(item);
    });
    this.#timers.set(item, { at, cancel });
  }

  addRateLimited(item: K): void {
    this.addAfter(item, this.#limiter.when(item));
  }

  /** The key did well: its next failure is its first. */
  forget(item: K): void {
    this.#limiter.forget(item);
  }

  failures(item: K): number {
    return this.#limiter.failures(item);
  }

  /** The next key, as soon as there is one; undefined once the queue is closed. The taker calls `done`. */
  take(): Promise<K | undefined> {
    if (this.#closed) return Promise.resolve(undefined);
    for (const item of this.#waiting) {
      this.#waiting.delete(item);
      this.#processing.add(item);
      return Promise.resolve(item);
    }
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  done(item: K): void {
    this.#processing.delete(item);
    if (this.#again.delete(item)) this.add(item);
  }

  close(): void {
    this.#closed = true;
    for (const { cancel } of this.#timers.values()) cancel();
    this.#timers.clear();
    this.#waiting.clear();
    this.#again.clear();
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }
}
