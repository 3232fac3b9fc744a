/**
 * Group commit. Every write is judged against committed state plus what is queued before it and gets its revision here; one batch is
 * in flight, what is queued meanwhile rides in the next, or in the next two. A batch is published after it is durable, in revision
 * order. A failed batch fails all that is queued and stops the queue for good: revisions after it would have a hole.
 */
import { type Bytes, type KeyValue, StoreClosedError, type WriteOptions, type WriteResult } from '../store.ts';
import { keyValueOf } from './current.ts';
import type { Log, LogRecord } from './log.ts';

export interface Committed {
  record: LogRecord;
  previous: KeyValue | undefined;
}

interface Queued extends Committed {
  /** Settles when the batch with this write has. */
  done: Promise<WriteResult>;
  settle: { resolve(result: WriteResult): void; reject(error: Error): void };
}

export interface CommitQueueOptions {
  log: Pick<Log, 'append'>;
  revision: number;
  committed(key: string): KeyValue | undefined;
  publish(batch: readonly Committed[]): void;
  onFailure(error: StoreClosedError): void;
}

export interface Write extends Pick<WriteOptions, 'expected'> {
  type: 'put' | 'delete';
  key: string;
  value: Bytes;
  expiresAt: number;
}

export class CommitQueue {
  readonly #options: CommitQueueOptions;
  /** Revision given last. */
  #revision: number;
  #queue: Queued[] = [];
  /**
   * The newest write of each key that is not committed yet. Made anew for each batch: V8 keeps a way from every table that a Map
   * outgrows to the next, and what passes through one Map for long outlives its use.
   */
  #pending = new Map<string, Queued>();
  #flushing: Promise<void> | undefined;
  #failure: StoreClosedError | undefined;

  constructor(options: CommitQueueOptions) {
    this.#options = options;
    this.#revision = options.revision;
  }

  write(write: Write): Promise<WriteResult> {
    if (this.#failure) return Promise.reject(this.#failure);
    const pending = this.#pending.get(write.key);
    const current = pending ? afterwards(pending.record) : this.#options.committed(write.key);
    const lost = write.expected !== undefined && write.expected !== (current?.modRevision ?? 0);
    if (!lost && (write.type === 'put' || current)) return this.#enqueue(write, current).done;
    const revision = pending?.record.revision ?? this.#revision;
    const result: WriteResult = lost ? { ok: false, current } : { ok: true, revision, previous: undefined };
    // The answer tells of a write that is not durable yet: nobody may hear of it before it is.
    return (pending?.done ?? Promise.resolve()).then(() => result);
  }

  /** Resolves when nothing is queued any more, written or failed. */
  async drain(): Promise<void> {
    while (this.#flushing) await this.#flushing;
  }

  #enqueue({ type, key, value, expiresAt }: Write, previous: KeyValue | undefined): Queued {
    const revision = ++this.#revision;
    const { promise: done, ...settle } = withResolvers<WriteResult>();
    const createRevision = previous?.createRevision ?? revision;
    const previousRevision = previous?.modRevision ?? 0;
    const record = { type, key, value, revision, createRevision, previousRevision, expiresAt };
    const queued = { record, previous, done, settle };
    this.#queue.push(queued);
    this.#pending.set(key, queued);
    this.#flushing ??= this.#flush();
    return queued;
  }

  async #flush(): Promise<void> {
    await Promise.resolve(); // what is written in the same turn rides along
    for (let answered = 0; this.#queue.length > 0 && !this.#failure;) {
      const batch = this.#takeBatch(answered);
      answered = batch.length;
      const records = batch.map((queued) => queued.record);
      try {
        await this.#options.log.append(records);
      } catch (cause) {
        this.#fail(batch, cause);
        break;
      }
      this.#commit(batch);
    }
    this.#flushing = undefined;
  }

  /**
   * At most half of all writers there seem to be, those who were just answered and those who wait: one half makes its next writes while
   * those of the other are on their way to the disk. Would all ride together, they would all wait for the disk, and then it for them.
   */
  #takeBatch(answered: number): Queued[] {
    return this.#queue.splice(0, Math.ceil((this.#queue.length + answered) / 2));
  }

  #commit(batch: readonly Queued[]): void {
    this.#pending = new Map(this.#queue.map((queued) => [queued.record.key, queued]));
    this.#options.publish(batch);
    for (const { record, previous, settle } of batch) settle.resolve({ ok: true, revision: record.revision, previous });
  }

  #fail(batch: readonly Queued[], cause: unknown): void {
    const why = cause instanceof Error ? cause.message : String(cause);
    const error = new StoreClosedError(`the store stopped, because a write failed: ${why}`, { cause });
    this.#failure = error;
    for (const { settle } of [...batch, ...this.#queue]) settle.reject(error);
    this.#queue = [];
    this.#pending.clear();
    this.#options.onFailure(error);
  }
}

/** What a key holds once a queued write is in. */
const afterwards = (record: LogRecord): KeyValue | undefined =>
  record.type === 'delete' ? undefined : keyValueOf(record);

function withResolvers<T>(): { promise: Promise<T>; resolve(value: T): void; reject(error: Error): void } {
  let resolve: (value: T) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  promise.catch(() => {}); // whoever awaits it hears of the failure; that nobody else does is no fault
  return { promise, resolve, reject };
}
