/**
 * The whole vocabulary of a store: ordered keys, bytes, one revision counter. It knows nothing of HTTP or of kinds.
 * Guarantees, held by conformance.ts for every backend:
 * - every write is a compare-and-swap against committed state plus what is queued before it; a lost race is a value;
 * - an acknowledged write is durable (leveldb, etcd) and survives kill -9; revisions never repeat or go back;
 * - watchers hear of writes after they are durable, in revision order, each exactly once;
 * - changes stay readable (watch from a past revision, list at one) until `compact`.
 * Values are shared: nobody changes the bytes of a value after handing it in or getting it.
 */

/** Bytes as given; treat as immutable. */
export type Bytes = Buffer;

export interface KeyValue {
  key: string;
  value: Bytes;
  /** Revision of the write that made this value. */
  modRevision: number;
  /** Revision of the write that made the key. */
  createRevision: number;
}

export interface ListOptions {
  /** Every key that starts with this. */
  prefix: string;
  /** Start at this key, inclusive (continue). */
  from?: string;
  /** At most so many; `more` says if there are others. */
  limit?: number;
  /** State as of this revision; throws CompactedError when it is gone, FutureRevisionError when it has not been. */
  revision?: number;
}

export interface ListResult {
  items: KeyValue[];
  /** The store's revision that this is a snapshot of. */
  revision: number;
  more: boolean;
}

export interface WriteOptions {
  /** 0: the key must not exist; n: its modRevision must be n; undefined: whatever is there. */
  expected?: number;
  /** Seconds after which the key vanishes by itself (events); seen by watchers as a delete. */
  ttlSeconds?: number;
}

export type WriteResult =
  | { ok: true; revision: number; previous: KeyValue | undefined }
  | { ok: false; current: KeyValue | undefined };

export interface StoreEvent {
  type: 'put' | 'delete';
  key: string;
  /** Revision of this change. */
  revision: number;
  /** The new value; for a delete the last value. */
  value: Bytes;
  /** The value before, absent when the key was created. */
  previous: Bytes | undefined;
  createRevision: number;
}

export interface WatchOptions {
  prefix: string;
  /** Changes with revision > after are delivered; omitted: from now on. */
  after?: number;
  /**
   * Called in revision order, with all changes of one commit or more; never empty unless it is progress. `revision` is what the
   * watcher is now up to date with: it moves on (with no events) even when other prefixes change.
   */
  onEvents(events: readonly StoreEvent[], revision: number): void;
  /** The watch is over: CompactedError, or the store closed or failed. */
  onError(error: Error): void;
}

export interface Watch {
  close(): void;
}

export interface Store {
  get(key: string): Promise<KeyValue | undefined>;
  list(options: ListOptions): Promise<ListResult>;
  put(key: string, value: Bytes, options?: WriteOptions): Promise<WriteResult>;
  /** `ok` with `previous` undefined when there was nothing to delete (and nothing was expected). */
  delete(key: string, options?: WriteOptions): Promise<WriteResult>;
  watch(options: WatchOptions): Watch;
  /** The newest committed revision; in etcd mode asked of the cluster. A fresh store answers 1 (as etcd does). */
  revision(): Promise<number>;
  /** The same without asking anybody, where this process alone writes; undefined where others may have written since. */
  ownRevision(): number | undefined;
  /** Forget changes up to and including this revision; current values stay. */
  compact(revision: number): Promise<void>;
  /** The oldest revision from which watches can start (exclusive) and lists can be read. */
  compacted(): number;
  close(): Promise<void>;
}

export class CompactedError extends Error {
  readonly compacted: number;
  constructor(asked: number, compacted: number) {
    super(`revision ${asked} has been compacted; the oldest is ${compacted}`);
    this.name = 'CompactedError';
    this.compacted = compacted;
  }
}

export class FutureRevisionError extends Error {
  readonly current: number;
  constructor(asked: number, current: number) {
    super(`revision ${asked} is in the future; the current one is ${current}`);
    this.name = 'FutureRevisionError';
    this.current = current;
  }
}

/** The store stopped: closed, or a batch failed (disk full) and nothing more may be acknowledged. */
export class StoreClosedError extends Error {
  constructor(message = 'the store is closed', options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'StoreClosedError';
  }
}
