/**
 * All changes of an etcd from a revision on, in order, each once. A broken connection is made again from where it stood; it ends only
 * when it is closed or when what it still needs has been compacted.
 */
import { CompactedError, type StoreEvent } from '../store.ts';
import type { EtcdConnection } from './connection.ts';
import type { WatchResponse } from './proto.ts';

export interface HistoryStreamOptions {
  connection: EtcdConnection;
  /** Changes after this revision. */
  after: number;
  onEvents(events: readonly StoreEvent[], revision: number): void;
  onCompacted(error: CompactedError): void;
}

type EtcdWatch = ReturnType<EtcdConnection['watch']>;

/** Every key: from the lowest one, without end. */
export const ALL_KEYS = { key: Buffer.from([0]), range_end: Buffer.from([0]) };
const RETRY = { firstMs: 50, mostMs: 2000 };

export class HistoryStream {
  /** etcd knows of this watch for the first time. Until then a compaction of what it has not told yet would end it. */
  readonly started: Promise<void>;
  readonly #options: HistoryStreamOptions;
  #isStarted = (): void => {};
  #position: number;
  #stream: EtcdWatch | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #isClosed = false;

  constructor(options: HistoryStreamOptions) {
    this.#options = options;
    this.#position = options.after;
    this.started = new Promise((resolve) => (this.#isStarted = resolve));
    this.#connect();
  }

  /** For a stream that says nothing any more: a new one goes on where this one stood. */
  renew(): void {
    const silent = this.#stream;
    if (!silent) return;
    this.#reconnect(silent);
    silent.cancel();
  }

  close(): void {
    this.#isClosed = true;
    this.#isStarted();
    clearTimeout(this.#timer);
    this.#stream?.cancel();
  }

  #connect(): void {
    const stream = this.#options.connection.watch();
    this.#stream = stream;
    const broken = (): void => this.#reconnect(stream);
    stream.on('data', (response: WatchResponse) => stream === this.#stream && this.#take(response));
    stream.on('error', broken);
    stream.on('end', broken);
    stream.write({ create_request: { ...ALL_KEYS, start_revision: this.#position + 1, prev_kv: true } });
  }

  #take({ created, canceled, compact_revision: compacted, events }: WatchResponse): void {
    if (this.#isClosed) return;
    if (created) this.#isStarted();
    if (canceled) {
      if (compacted === 0) return this.#stream?.cancel(); // the server's own reasons: once more
      this.close();
      return this.#options.onCompacted(new CompactedError(this.#position, compacted));
    }
    this.#failures = 0;
    if (events.length === 0) return;
    const news = events.filter(({ kv }) => kv.mod_revision > this.#position);
    this.#position = Math.max(this.#position, ...events.map(({ kv }) => kv.mod_revision));
    this.#options.onEvents(news.map(eventOf), this.#position);
  }

  #reconnect(broken: EtcdWatch): void {
    if (this.#isClosed || broken !== this.#stream) return;
    this.#stream = undefined;
    const pause = Math.min(RETRY.firstMs * 2 ** this.#failures++, RETRY.mostMs);
    this.#timer = setTimeout(() => this.#connect(), pause);
  }
}

/** A delete has no value of its own; the last one is told where etcd still has it. */
function eventOf({ type, kv, prev_kv: previous }: WatchResponse['events'][number]): StoreEvent {
  const isDelete = type === 1;
  return {
    type: isDelete ? 'delete' : 'put',
    key: kv.key.toString(),
    revision: kv.mod_revision,
    value: isDelete ? (previous?.value ?? kv.value) : kv.value,
    previous: previous?.value,
    createRevision: isDelete ? (previous?.create_revision ?? 0) : kv.create_revision,
  };
}
