/**
 * Every ResourceCache, loaded with one read of the store and then kept up to date by one watch, so that all of them show
 * the same revision. Guarantees: caches change and subscribers hear in revision order; `reached(n)` resolves once
 * everything up to n can be read here. When the store's watch fails, `onFailure` is told: nothing can be served then.
 */
import { type KubernetesObject, NewFields, stringifyJson } from '@mkube/apimachinery';
import type { KeyValue, Store, StoreEvent, Watch } from '@mkube/store';
import type { Later } from '../request/later.ts';
import { ParsedBudget } from './parsed-budget.ts';
import { type CacheEvent, ResourceCache } from './resource-cache.ts';

export const ROOT = '/registry/';

/** Parsed, it is two to three times as much. */
const PARSED_BYTES = 8 * 1024 * 1024;

export type Subscriber = (event: CacheEvent) => void;

export class Caches {
  readonly store: Store;
  /** The revision that all caches show. */
  revision = 0;
  /** Sets of fields that new objects share. */
  readonly newFields = new NewFields();
  readonly #bytes = new WeakMap<object, Buffer>();
  readonly #caches = new Map<string, ResourceCache>();
  readonly #known = new Set<string>();
  readonly #budget = new ParsedBudget(PARSED_BYTES);
  /** Until an entry is made of the bytes. */
  readonly #parsed = new WeakMap<Buffer, KubernetesObject>();
  readonly #subscribers = new Map<ResourceCache, Set<Subscriber>>();
  readonly #progress = new Set<() => void>();
  #waiters: { revision: number; resolve: () => void; reject: (error: Error) => void }[] = [];
  #watch: Watch | undefined;
  #failure: Error | undefined;
  readonly #onFailure: (error: Error) => void;

  constructor(options: { store: Store; onFailure: (error: Error) => void }) {
    this.store = options.store;
    this.#onFailure = options.onFailure;
  }

  /** Prefixes below /registry/ of the resources that are served: 'pods', 'services/specs'. */
  know(prefix: string): ResourceCache {
    this.#known.add(prefix);
    return this.#cacheAt(prefix);
  }

  async start(): Promise<void> {
    const { items, revision } = await this.store.list({ prefix: ROOT });
    this.revision = revision;
    for (const run of this.#runsOf(items)) run.cache.load(run.items);
    for (const cache of this.#caches.values()) cache.startAt(revision);
    this.#watch = this.store.watch({
      prefix: ROOT,
      after: revision,
      onEvents: (events, upTo) => this.#onEvents(events, upTo),
      onError: (error) => this.#fail(error),
    });
  }

  /** For bytes that are about to be written: the entry that is made of them need not parse them again. */
  keepParsed(stored: Buffer, object: KubernetesObject): void {
    this.#parsed.set(stored, object);
  }

  /** For a part that many objects will share. */
  keepBytes(part: object): void {
    this.#bytes.set(part, Buffer.from(stringifyJson(part)));
  }

  /** The JSON of a part of objects, where it is kept. */
  bytesOf(part: object): Buffer | undefined {
    const kept = this.#bytes.get(part);
    if (kept) return kept;
    const text = this.newFields.textOf(part);
    if (text === undefined) return undefined;
    const bytes = Buffer.from(text);
    this.#bytes.set(part, bytes);
    return bytes;
  }

  /** Resolves once the caches show `revision`. */
  reached(revision: number): Later<void> {
    if (revision <= this.revision) return;
    if (this.#failure) throw this.#failure;
    return new Promise<void>((resolve, reject) => this.#waiters.push({ revision, resolve, reject }));
  }

  /** Everything acknowledged before this call can be read afterwards; at once, where nobody else writes to the store. */
  fresh(): Later<number> {
    if (this.#failure) throw this.#failure;
    const newest = this.store.ownRevision();
    return newest !== undefined && newest <= this.revision ? this.revision : this.#askFresh();
  }

  async #askFresh(): Promise<number> {
    await this.reached(await this.store.revision());
    return this.revision;
  }

  subscribe(cache: ResourceCache, subscriber: Subscriber): () => void {
    const set = this.#subscribers.get(cache) ?? new Set();
    this.#subscribers.set(cache, set.add(subscriber));
    return () => set.delete(subscriber);
  }

  /** Called after each batch, when the caches show its revision. */
  onProgress(listener: () => void): () => void {
    this.#progress.add(listener);
    return () => this.#progress.delete(listener);
  }

  close(): void {
    this.#watch?.close();
    this.#fail(new Error('the server is shutting down'), false);
  }

  #onEvents(events: readonly StoreEvent[], upTo: number): void {
    for (const event of events) {
      const cache = this.#cacheOf(event.key);
      if (!cache) continue;
      const cacheEvent = cache.apply(event);
      for (const subscriber of this.#subscribers.get(cache) ?? []) subscriber(cacheEvent);
    }
    this.revision = Math.max(this.revision, upTo);
    const reached = this.#waiters.filter((waiter) => waiter.revision <= this.revision);
    if (reached.length > 0) this.#waiters = this.#waiters.filter((waiter) => waiter.revision > this.revision);
    for (const waiter of reached) waiter.resolve();
    for (const listener of this.#progress) listener();
  }

  /** The items of each cache lie together; they are found by their ends, however many lie between. */
  *#runsOf(items: readonly KeyValue[]): Generator<{ cache: ResourceCache; items: readonly KeyValue[] }> {
    for (let start = 0, end = 0; start < items.length; start = end) {
      const cache = this.#cacheOf(items[start]?.key ?? '');
      end = cache ? endOfRun(items, start, cache.prefix) : start + 1;
      if (cache) yield { cache, items: items.slice(start, end) };
    }
  }

  #fail(error: Error, tell = true): void {
    if (this.#failure) return;
    this.#failure = error;
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
    if (tell) this.#onFailure(error);
  }

  /** Once: whatever holds the bytes would hold the object too. */
  #takeParsed(stored: Buffer): KubernetesObject | undefined {
    const object = this.#parsed.get(stored);
    if (object) this.#parsed.delete(stored);
    return object;
  }

  #cacheOf(key: string): ResourceCache | undefined {
    if (!key.startsWith(ROOT)) return undefined;
    const first = key.indexOf('/', ROOT.length);
    if (first < 0) return undefined;
    const one = key.slice(ROOT.length, first);
    if (this.#known.has(one)) return this.#cacheAt(one);
    const second = key.indexOf('/', first + 1);
    // An unknown prefix is a custom resource's, group/plural, whose definition has not been read yet.
    return second < 0 ? undefined : this.#cacheAt(key.slice(ROOT.length, second));
  }

  #cacheAt(prefix: string): ResourceCache {
    let cache = this.#caches.get(prefix);
    if (!cache) {
      const parsed = (stored: Buffer) => this.#takeParsed(stored);
      cache = new ResourceCache({ prefix: `${ROOT}${prefix}/`, parsed, budget: this.#budget, from: this.revision });
      this.#caches.set(prefix, cache);
    }
    return cache;
  }
}

/** Where the sorted items with this prefix end. */
function endOfRun(items: readonly KeyValue[], start: number, prefix: string): number {
  let low = start;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (items[middle]?.key.startsWith(prefix)) low = middle + 1;
    else high = middle;
  }
  return low;
}
