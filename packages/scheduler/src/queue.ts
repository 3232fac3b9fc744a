/**
 * Pods that wait for a node. Active: to be decided on, by priority and then by age. Parked: no node could take them; they wait for a
 * change that may help. Backing off: woken, but tried not long ago; when nobody is active they need not wait for the rest of it, a few
 * times. Whoever pops an entry parks it, retries it or is done with it.
 */
import type { Clock } from '@mkube/client';
import type { PodInfo } from './snapshot/pod-info.ts';

export interface Entry {
  pod: PodInfo;
  attempts: number;
  /** When it first came, in ms: the older of two equals goes first. */
  readonly since: number;
  place: 'active' | 'backoff' | 'parked' | 'popped';
  /** Plugins that turned it away last time. */
  rejectedBy: ReadonlySet<string>;
  failedAt: number;
  cancelTimer?: () => void;
}

const BACKOFF = { firstMs: 1000, mostMs: 10_000 };
/** Attempts that may come early: a pod that every change wakes in vain must not keep the scheduler busy. */
const MOST_EARLY = 5;

export class SchedulingQueue {
  readonly #clock: Clock;
  readonly #onReady: () => void;
  readonly #entries = new Map<string, Entry>();
  readonly #parked = new Set<Entry>();
  /** Those of the pods backing off that may come early. */
  readonly #early = new Set<Entry>();
  /** A heap; entries that are no longer active are skipped when they come up. */
  readonly #active: Entry[] = [];

  constructor(options: { clock: Clock; onReady: () => void }) {
    this.#clock = options.clock;
    this.#onReady = options.onReady;
  }

  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  get parked(): number {
    return this.#parked.size;
  }

  /** A pod that is new here, or another version of one that waits; `again` when what it asks for has changed. */
  put(pod: PodInfo, again: boolean): void {
    const known = this.#entries.get(pod.key);
    if (!known) {
      const since = this.#clock.monotonic();
      const entry: Entry = { pod, attempts: 0, since, place: 'popped', rejectedBy: new Set(), failedAt: 0 };
      this.#entries.set(pod.key, entry);
      this.#activate(entry);
      return;
    }
    known.pod = pod;
    if (again && known.place === 'parked') this.#wakeOne(known, known.attempts <= MOST_EARLY);
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#leave(entry);
    entry.place = 'popped';
  }

  pop(): Entry | undefined {
    const entry = this.#popActive() ?? this.#popEarly();
    if (entry) {
      entry.place = 'popped';
      entry.attempts++;
    }
    return entry;
  }

  /** No node can take it: it waits for a change that one of these plugins cares for. */
  park(entry: Entry, rejectedBy: ReadonlySet<string>): void {
    if (this.#entries.get(entry.pod.key) !== entry) return;
    entry.rejectedBy = rejectedBy;
    entry.failedAt = this.#clock.monotonic();
    entry.place = 'parked';
    this.#parked.add(entry);
  }

  /** Something else went wrong: it comes again after a pause. */
  retry(entry: Entry): void {
    this.park(entry, new Set());
    if (entry.place === 'parked') this.#wakeOne(entry, false);
  }

  wake(may: (entry: Entry) => boolean): void {
    for (const entry of this.#parked) if (may(entry)) this.#wakeOne(entry, entry.attempts <= MOST_EARLY);
  }

  close(): void {
    for (const entry of this.#entries.values()) this.#leave(entry);
    this.#entries.clear();
  }

  #popActive(): Entry | undefined {
    for (let top = this.#takeTop(); top; top = this.#takeTop())
      if (top.place === 'active' && this.#entries.get(top.pod.key) === top) return top;
    return undefined;
  }

  #popEarly(): Entry | undefined {
    let first: Entry | undefined;
    for (const entry of this.#early) if (!first || isBefore(entry, first)) first = entry;
    if (first) this.#leave(first);
    return first;
  }

  #wakeOne(entry: Entry, mayBeEarly: boolean): void {
    this.#leave(entry);
    const pause = Math.min(BACKOFF.firstMs * 2 ** (entry.attempts - 1), BACKOFF.mostMs);
    const left = entry.failedAt + pause - this.#clock.monotonic();
    if (left <= 0) return this.#activate(entry);
    entry.place = 'backoff';
    entry.cancelTimer = this.#clock.after(left, () => {
      this.#leave(entry);
      this.#activate(entry);
    });
    if (!mayBeEarly) return;
    this.#early.add(entry);
    this.#onReady();
  }

  #leave(entry: Entry): void {
    entry.cancelTimer?.();
    delete entry.cancelTimer;
    this.#parked.delete(entry);
    this.#early.delete(entry);
  }

  #activate(entry: Entry): void {
    entry.place = 'active';
    const heap = this.#active;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (!above || !isBefore(entry, above)) break;
      heap[at] = above;
      heap[parent] = entry;
      at = parent;
    }
    this.#onReady();
  }

  #takeTop(): Entry | undefined {
    const heap = this.#active;
    const top = heap[0];
    const moved = heap.pop();
    if (!moved || heap.length === 0) return top;
    let at = 0;
    for (;;) {
      const left = heap[2 * at + 1];
      const right = heap[2 * at + 2];
      const next = left && right && isBefore(right, left) ? right : left;
      if (!next || !isBefore(next, moved)) break;
      heap[at] = next;
      at = next === left ? 2 * at + 1 : 2 * at + 2;
    }
    heap[at] = moved;
    return top;
  }
}

const isBefore = (a: Entry, b: Entry): boolean =>
  a.pod.priority > b.pod.priority || (a.pod.priority === b.pod.priority && a.since < b.since);
