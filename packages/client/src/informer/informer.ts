/**
 * A cache of one resource that follows the API: watch-list (or list and watch), watch again from where it stood, list
 * again on 410, back off on anything else. Handlers hear every change after the cache has it, in order; a handler added
 * late hears an `add` per object there is. Objects are shared and read-only.
 */
import type { KubernetesObject } from '@mkube/apimachinery';
import type { ResourceClient, WatchEvent } from '../client.ts';
import { type Clock, systemClock } from '../clock.ts';
import { type Log, silentLog } from '../log.ts';
import { Cache, type Indexer, type Lister, keyOfName } from './cache.ts';
import type { Held } from '../transport.ts';
import { Frozen, Kept } from './held.ts';
import { type ReflectorSink, heldOf, resourceVersionOf, runReflector } from './reflector.ts';
import type { InformerScope } from './scope.ts';

export interface InformerOptions<T extends KubernetesObject> extends InformerScope {
  resource: ResourceClient<T>;
  indexers?: Record<string, Indexer<T>>;
  clock?: Clock;
  random?: () => number;
  log?: Log;
  /** Every so often each object is handed to the handlers as an update of itself; 0 (default): never. */
  resyncMs?: number;
  /** Tests: objects are frozen, so that a handler that changes one throws. */
  freeze?: boolean;
  /**
   * Drops what this cache's users do not need, before an object is kept: it is for memory alone. Objects of a server in this process
   * are not kept here, and come whole.
   */
  transform?: (object: T) => T;
}

export interface InformerHandler<T> {
  add?(object: T): void;
  update?(object: T, old: T): void;
  delete?(object: T): void;
}

export interface Informer<T extends KubernetesObject = KubernetesObject> {
  readonly resource: ResourceClient<T>;
  readonly scope: InformerScope;
  readonly lister: Lister<T>;
  readonly isSynced: boolean;
  /** Everything up to this revision has been seen; 0 before the first list. */
  readonly resourceVersion: number;
  addIndexers(indexers: Record<string, Indexer<T>>): void;
  /** Returns what takes the handler off again. */
  onChange(handler: InformerHandler<T>): () => void;
  /** Follows until the signal aborts; never rejects. */
  run(signal: AbortSignal): Promise<void>;
  synced(signal?: AbortSignal): Promise<void>;
  /** True as soon as the condition holds, tested after each event; false at the signal or when `ms` have passed first. */
  until(condition: () => boolean, ms: number, signal?: AbortSignal): Promise<boolean>;
}

export function createInformer<T extends KubernetesObject>(options: InformerOptions<T>): Informer<T> {
  return new ReflectingInformer(options);
}

class ReflectingInformer<T extends KubernetesObject> implements Informer<T>, ReflectorSink<T> {
  readonly resource: ResourceClient<T>;
  readonly scope: InformerScope;
  readonly #options: InformerOptions<T>;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #cache = new Cache<T>();
  readonly #handlers = new Set<InformerHandler<T>>();
  readonly #waiting = new Set<() => void>();
  /** Keys of the state that is coming in. */
  #seen: Set<string> | undefined;
  #resourceVersion = 0;
  #isSynced = false;

  constructor(options: InformerOptions<T>) {
    const { resource, namespace, labelSelector, fieldSelector } = options;
    this.resource = resource;
    this.scope = { namespace, labelSelector, fieldSelector };
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#log = options.log ?? silentLog;
    this.#cache.addIndexers(options.indexers ?? {});
  }

  get lister(): Lister<T> {
    return this.#cache;
  }

  get isSynced(): boolean {
    return this.#isSynced;
  }

  get resourceVersion(): number {
    return this.#resourceVersion;
  }

  addIndexers(indexers: Record<string, Indexer<T>>): void {
    this.#cache.addIndexers(indexers);
  }

  onChange(handler: InformerHandler<T>): () => void {
    this.#handlers.add(handler);
    for (const object of this.#cache.list()) this.#tellOne(handler, (one) => one.add?.(object));
    return () => this.#handlers.delete(handler);
  }

  async run(signal: AbortSignal): Promise<void> {
    const cancelResync = this.#scheduleResync();
    const { random = Math.random } = this.#options;
    await runReflector({
      resource: this.resource,
      scope: this.scope,
      clock: this.#clock,
      random,
      log: this.#log,
      sink: this,
      signal,
    });
    cancelResync();
  }

  async synced(signal?: AbortSignal): Promise<void> {
    while (!this.#isSynced) {
      signal?.throwIfAborted();
      await new Promise<void>((resolve) => {
        const done = () => {
          this.#waiting.delete(done);
          signal?.removeEventListener('abort', done);
          resolve();
        };
        this.#waiting.add(done);
        signal?.addEventListener('abort', done, { once: true });
      });
    }
  }

  until(condition: () => boolean, ms: number, signal?: AbortSignal): Promise<boolean> {
    if (condition()) return Promise.resolve(true);
    if (signal?.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const finish = (held: boolean) => {
        this.#waiting.delete(test);
        cancel();
        signal?.removeEventListener('abort', giveUp);
        resolve(held);
      };
      const giveUp = () => finish(false);
      const test = () => condition() && finish(true);
      const cancel = this.#clock.after(ms, giveUp);
      signal?.addEventListener('abort', giveUp, { once: true });
      this.#waiting.add(test);
    });
  }

  /** Of the reflector, as `put` and `endState` are: the whole state as of a revision. */
  beginState(): void {
    this.#seen = new Set();
  }

  put(given: Held<T>): void {
    const key = keyOfName(given);
    this.#seen?.add(key);
    const before = this.#cache.heldAt(key);
    if (before?.resourceVersion === given.resourceVersion) return;
    const held = this.#shaped(given);
    // Deleted and made again while we did not look: two objects, so two events.
    if (before && before.read().metadata.uid !== held.read().metadata.uid) this.#remove(key);
    const old = this.#cache.setHeld(held);
    if (this.#handlers.size === 0) return;
    const [object, was] = [held.read(), old?.read()];
    this.#tell((handler) => (was ? handler.update?.(object, was) : handler.add?.(object)));
  }

  endState(resourceVersion: string): void {
    const seen = this.#seen;
    this.#seen = undefined;
    for (const key of this.#cache.keys()) if (!seen?.has(key)) this.#remove(key);
    this.#isSynced = true;
    this.#reach(resourceVersion);
  }

  /** Of the reflector: one change. */
  apply(event: WatchEvent<T>): void {
    if (event.type !== 'BOOKMARK') {
      const held = heldOf(event);
      if (event.type === 'DELETED') this.#remove(keyOfName(held), held);
      else this.put(held);
    }
    this.#reach(resourceVersionOf(event));
  }

  #shaped(held: Held<T>): Held<T> {
    const { transform, freeze } = this.#options;
    const kept = transform && held instanceof Kept ? new Kept(transform(held.read())) : held;
    return freeze ? new Frozen(kept) : kept;
  }

  #remove(key: string, last?: Held<T>): void {
    const old = this.#cache.delete(key);
    if (!old || this.#handlers.size === 0) return;
    const object = (last ?? old).read();
    this.#tell((handler) => handler.delete?.(object));
  }

  #reach(resourceVersion: string): void {
    this.#resourceVersion = Math.max(this.#resourceVersion, Number(resourceVersion) || 0);
    for (const test of this.#waiting) test();
  }

  #tell(call: (handler: InformerHandler<T>) => void): void {
    for (const handler of this.#handlers) this.#tellOne(handler, call);
  }

  #tellOne(handler: InformerHandler<T>, call: (handler: InformerHandler<T>) => void): void {
    try {
      call(handler);
    } catch (err) {
      this.#log.error({ err, resource: this.resource.ref.resource }, 'an informer handler threw');
    }
  }

  #scheduleResync(): () => void {
    const { resyncMs = 0 } = this.#options;
    if (resyncMs <= 0) return () => undefined;
    let cancel = () => undefined as void;
    const resync = () => {
      for (const object of this.#cache.list()) this.#tell((handler) => handler.update?.(object, object));
      cancel = this.#clock.after(resyncMs, resync);
    };
    cancel = this.#clock.after(resyncMs, resync);
    return () => cancel();
  }
}
