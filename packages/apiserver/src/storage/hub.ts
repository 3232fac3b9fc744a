/**
 * Fan-out of one resource's changes to its watchers. Groups that select by an exact field are found by that field's value,
 * so that an event costs what its own watchers cost, however many others there are. Watchers are served at the end of a turn of
 * the event loop, and many of them in several turns, round and round: other requests come in between, and who is served later
 * gets their events too. So an event has reached everybody one round later, and under a steady load several ride in one write.
 */
import type { Entry } from './entry.ts';
import type { Caches } from './caches.ts';
import type { CacheEvent, ResourceCache } from './resource-cache.ts';
import { Pace } from './pace.ts';
import { WatchGroup, type WatchView } from './watch-group.ts';
import type { Sink } from '../request/request.ts';

export interface HubOptions {
  caches: Caches;
  cache: ResourceCache;
  /** Values of fields that views may be exact in. */
  fieldsOf: (entry: Entry) => Record<string, string>;
}

/** About a hundred watchers over TLS. */
const TURN_MS = 2;

export class Hub {
  readonly #options: HubOptions;
  readonly #groups = new Map<string, WatchGroup>();
  /** Groups without an exact field. */
  readonly #plain = new Set<WatchGroup>();
  /** field -> value -> groups */
  readonly #exact = new Map<string, Map<string, Set<WatchGroup>>>();
  readonly #dirty = new Set<WatchGroup>();
  readonly #unsubscribe: () => void;
  readonly #pace = new Pace();
  #scheduled = false;
  /** Events given to watchers so far. */
  sent = 0;

  constructor(options: HubOptions) {
    this.#options = options;
    this.#unsubscribe = options.caches.subscribe(options.cache, (event) => this.#onEvent(event));
  }

  get watchers(): number {
    let count = 0;
    for (const group of this.#groups.values()) count += group.size;
    return count;
  }

  /**
   * Everything from the caches' present revision on goes to `sink`, until it closes. What is returned gives it at once what is
   * still to come to it.
   */
  join(view: WatchView, sink: Sink): () => void {
    const group = this.#groupOf(view);
    group.join(sink);
    sink.onClose(() => {
      group.leave(sink);
      if (group.empty) this.#drop(group);
    });
    return () => group.catchUp(sink);
  }

  bookmarks(): void {
    for (const group of this.#groups.values())
      if (group.bookmark(this.#options.caches.revision)) this.#flushSoon(group);
  }

  end(): void {
    for (const group of this.#groups.values()) group.end(this.#options.caches.revision);
  }

  /** Ends all watches and follows no more. */
  close(): void {
    this.#unsubscribe();
    this.end();
  }

  #onEvent(event: CacheEvent): void {
    if (this.#groups.size === 0) return;
    for (const group of this.#plain) this.#push(group, event);
    if (this.#exact.size === 0) return;
    const now = this.#options.fieldsOf(event.entry);
    const before = event.previous ? this.#options.fieldsOf(event.previous) : now;
    for (const [field, byValue] of this.#exact) {
      const value = now[field] ?? '';
      for (const group of byValue.get(value) ?? []) this.#push(group, event);
      const old = before[field] ?? '';
      if (old !== value) for (const group of byValue.get(old) ?? []) this.#push(group, event);
    }
  }

  #push(group: WatchGroup, event: CacheEvent): void {
    if (!group.push(event)) return;
    this.sent += group.size;
    this.#flushSoon(group);
  }

  #flushSoon(group: WatchGroup): void {
    this.#dirty.add(group);
    if (!this.#scheduled) this.#schedule();
  }

  #schedule(): void {
    this.#scheduled = true;
    const rest = this.#pace.restFrom(performance.now());
    if (rest > 0) setTimeout(() => this.#flush(), rest);
    else setImmediate(() => this.#flush());
  }

  /** Groups that are not done when the time is over come after those that have not had their turn. */
  #flush(): void {
    this.#scheduled = false;
    const began = performance.now();
    let now = began;
    for (const group of this.#dirty) {
      this.#dirty.delete(group);
      if (!group.flush(began + TURN_MS)) this.#dirty.add(group);
      now = performance.now();
      if (now >= began + TURN_MS) break;
    }
    this.#pace.took(began, now);
    if (this.#dirty.size > 0) this.#schedule();
  }

  #groupOf(view: WatchView): WatchGroup {
    const known = this.#groups.get(view.key);
    if (known) return known;
    const group = new WatchGroup(view);
    this.#groups.set(view.key, group);
    this.#setOf(view).add(group);
    return group;
  }

  #drop(group: WatchGroup): void {
    if (this.#groups.get(group.view.key) !== group) return;
    this.#groups.delete(group.view.key);
    const set = this.#setOf(group.view);
    set.delete(group);
    const { exact } = group.view;
    if (!exact || set.size > 0) return;
    const byValue = this.#exact.get(exact.field);
    byValue?.delete(exact.value);
    if (byValue?.size === 0) this.#exact.delete(exact.field);
  }

  #setOf({ exact }: WatchView): Set<WatchGroup> {
    if (!exact) return this.#plain;
    const byValue = this.#exact.get(exact.field) ?? new Map<string, Set<WatchGroup>>();
    this.#exact.set(exact.field, byValue);
    const set = byValue.get(exact.value) ?? new Set();
    byValue.set(exact.value, set);
    return set;
  }
}
