/**
 * A Store over a Log: current values and the index of changes live in memory, values of the past in the log. Everything that the
 * interface promises is kept here, once, for every medium; the medium only has to append whole batches durably.
 */
import {
  type Bytes,
  CompactedError,
  FutureRevisionError,
  type KeyValue,
  type ListOptions,
  type ListResult,
  type Store,
  StoreClosedError,
  type Watch,
  type WatchOptions,
  type WriteOptions,
  type WriteResult,
} from '../store.ts';
import { CommitQueue, type Committed } from './commit-queue.ts';
import type { CurrentValues } from './current.ts';
import type { Expiry } from './expiry.ts';
import type { History } from './history.ts';
import { loadLog } from './load.ts';
import type { Log } from './log.ts';
import { listPast, readValues } from './past.ts';
import { Watchers } from './watchers.ts';

export interface MvccStoreOptions {
  /** Decides when keys expire. */
  clock?: () => Date;
  /** How often expired keys are looked for while there are any that will expire. */
  expiryIntervalMs?: number;
}

const EMPTY: Bytes = Buffer.alloc(0);

export async function openMvccStore(log: Log, options: MvccStoreOptions = {}): Promise<Store> {
  return new MvccStore(log, await loadLog(log), options);
}

class MvccStore implements Store {
  readonly #log: Log;
  readonly #current: CurrentValues;
  readonly #history: History;
  readonly #expiry: Expiry;
  readonly #queue: CommitQueue;
  readonly #watchers: Watchers;
  readonly #clock: () => Date;
  readonly #expiryIntervalMs: number;
  #compacted: number;
  #compacting: Promise<void> = Promise.resolve();
  #expiryTimer: NodeJS.Timeout | undefined;
  #stopped: StoreClosedError | undefined;
  #closing: Promise<void> | undefined;

  constructor(log: Log, loaded: Awaited<ReturnType<typeof loadLog>>, options: MvccStoreOptions) {
    this.#log = log;
    this.#current = loaded.current;
    this.#history = loaded.history;
    this.#expiry = loaded.expiry;
    this.#compacted = loaded.compacted;
    this.#clock = options.clock ?? (() => new Date());
    this.#expiryIntervalMs = options.expiryIntervalMs ?? 1000;
    this.#queue = new CommitQueue({
      log,
      revision: this.#history.revision,
      committed: (key) => this.#current.get(key),
      publish: (batch) => this.#publish(batch),
      onFailure: (error) => this.#stop(error),
    });
    this.#watchers = new Watchers({
      history: this.#history,
      compacted: () => this.#compacted,
      read: (wanted) => readValues(wanted, { current: this.#current, log }),
    });
    this.#scheduleExpiry();
  }

  async get(key: string): Promise<KeyValue | undefined> {
    this.#refuseWhenStopped();
    return this.#current.get(key);
  }

  async list(options: ListOptions): Promise<ListResult> {
    this.#refuseWhenStopped();
    const newest = this.#history.revision;
    const revision = options.revision ?? newest;
    if (revision > newest) throw new FutureRevisionError(revision, newest);
    if (revision < this.#compacted) throw new CompactedError(revision, this.#compacted);
    const touched = this.#history.touchedSince(revision, options);
    if (touched.size > 0) return this.#listPast(options, revision, touched);
    const items: KeyValue[] = [];
    const { limit = Infinity } = options;
    let more = false;
    this.#current.scan(options, (item) => {
      if (items.length < limit) return items.push(item) > 0;
      more = true;
      return false;
    });
    return { items, revision, more };
  }

  put(key: string, value: Bytes, options: WriteOptions = {}): Promise<WriteResult> {
    const { expected, ttlSeconds } = options;
    const expiresAt = ttlSeconds ? this.#clock().getTime() + ttlSeconds * 1000 : 0;
    return this.#write({ type: 'put', key, value, expected, expiresAt });
  }

  delete(key: string, options: WriteOptions = {}): Promise<WriteResult> {
    return this.#write({ type: 'delete', key, value: EMPTY, expected: options.expected, expiresAt: 0 });
  }

  watch(options: WatchOptions): Watch {
    this.#refuseWhenStopped();
    return this.#watchers.add(options);
  }

  async revision(): Promise<number> {
    this.#refuseWhenStopped();
    return this.#history.revision;
  }

  ownRevision(): number {
    this.#refuseWhenStopped();
    return this.#history.revision;
  }

  compact(revision: number): Promise<void> {
    const run = this.#compacting.then(() => this.#compact(revision));
    this.#compacting = run.catch(() => {});
    return run;
  }

  compacted(): number {
    return this.#compacted;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #write(write: Parameters<CommitQueue['write']>[0]): Promise<WriteResult> {
    if (this.#stopped) return Promise.reject(this.#stopped);
    if (write.key === '') return Promise.reject(new TypeError('a key must not be empty'));
    return this.#queue.write(write);
  }

  async #listPast(options: ListOptions, revision: number, touched: Map<string, number>): Promise<ListResult> {
    const past = await listPast(options, { touched, current: this.#current, log: this.#log });
    if (!past) throw new CompactedError(revision, this.#compacted);
    return { ...past, revision };
  }

  #publish(batch: readonly Committed[]): void {
    for (const { record } of batch) {
      this.#current.apply(record);
      this.#history.push(record);
      if (record.expiresAt > 0) this.#expiry.add(record);
    }
    this.#watchers.publish(batch);
    this.#scheduleExpiry();
  }

  async #compact(revision: number): Promise<void> {
    this.#refuseWhenStopped();
    const newest = this.#history.revision;
    if (revision > newest) throw new FutureRevisionError(revision, newest);
    if (revision <= this.#compacted) return;
    this.#compacted = revision;
    try {
      await this.#log.compact(revision, this.#history.cut(revision));
    } catch (cause) {
      const error = new StoreClosedError('the store stopped, because compaction failed', { cause });
      this.#stop(error);
      throw error;
    }
  }

  #scheduleExpiry(): void {
    if (this.#expiryTimer || this.#expiry.size === 0 || this.#stopped) return;
    this.#expiryTimer = setTimeout(() => {
      this.#expiryTimer = undefined;
      for (const { key, revision } of this.#expiry.due(this.#clock().getTime()))
        void this.delete(key, { expected: revision }).catch(() => {}); // stopped: watchers and writers were told
      this.#scheduleExpiry();
    }, this.#expiryIntervalMs).unref();
  }

  #stop(error: StoreClosedError): void {
    if (this.#stopped) return;
    this.#stopped = error;
    clearTimeout(this.#expiryTimer);
    void this.#queue.drain().then(() => this.#watchers.end(error));
  }

  /** What was queued before is still written. */
  async #close(): Promise<void> {
    this.#stop(new StoreClosedError());
    await this.#queue.drain();
    await this.#compacting;
    await this.#log.close();
  }

  #refuseWhenStopped(): void {
    if (this.#stopped) throw this.#stopped;
  }
}
