/**
 * `etcd://host:port,…`: several API servers share it. Reads and compare-and-swap are etcd's own and linearizable; watchers are told out
 * of one watch of everything. Keys and values are as Kubernetes keeps them.
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
import { EtcdConnection, isCompacted, isFuture, isLeaseGone } from './connection.ts';
import { Feed } from './feed.ts';
import { ALL_KEYS } from './history-stream.ts';
import { Leases } from './leases.ts';
import { OwnValues } from './own-values.ts';
import type { EtcdKeyValue, TxnResponse } from './proto.ts';
import { parseEtcdUrl } from './url.ts';

/** Rows that are asked for at a time: an answer of etcd is one message, however long. */
const PAGE = 1000;
/** Changes come within milliseconds, and within a tenth of a second after a reconnect. */
const PATIENCE_MS = 5000;
/** A question about nothing, for the revision that every answer carries. */
const NO_KEY = { key: ALL_KEYS.key };

export interface EtcdOptions {
  clock?: () => Date;
  /** For how long the watch may be behind before it is made anew. */
  patienceMs?: number;
}

export async function openEtcdStore(url: string, options: EtcdOptions = {}): Promise<Store> {
  const address = await parseEtcdUrl(url);
  const connection = new EtcdConnection(address);
  try {
    const { header } = await connection.range(NO_KEY);
    const compacted = await compactedRevision(connection, header.revision);
    const { clock = () => new Date(), patienceMs = PATIENCE_MS } = options;
    const store = new EtcdStore({ connection, revision: header.revision, compacted, clock, patienceMs });
    await store.started;
    return store;
  } catch (cause) {
    connection.close();
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`etcd at ${address.endpoints.join(', ')} cannot be used: ${why}`, { cause });
  }
}

/**
 * The oldest revision that can be read; 0 when nothing has been compacted. etcd does not tell, but refuses what is older: some twenty
 * small questions find it.
 */
async function compactedRevision(connection: EtcdConnection, newest: number): Promise<number> {
  const isReadable = (revision: number): Promise<boolean> =>
    connection.range({ ...NO_KEY, revision }).then(
      () => true,
      (error: unknown) => {
        if (isCompacted(error)) return false;
        throw error;
      },
    );
  if (await isReadable(1)) return 0;
  let gone = 1;
  for (let readable = newest; ;) {
    if (readable - gone <= 1) return readable;
    const middle = Math.floor((gone + readable) / 2);
    if (await isReadable(middle)) readable = middle;
    else gone = middle;
  }
}

interface EtcdStoreOptions {
  connection: EtcdConnection;
  revision: number;
  compacted: number;
  clock: () => Date;
  patienceMs: number;
}

class EtcdStore implements Store {
  readonly #connection: EtcdConnection;
  readonly #feed: Feed;
  readonly #leases: Leases;
  readonly #ownValues = new OwnValues();
  readonly #underWay = new Set<Promise<unknown>>();
  /** The newest revision that any answer has carried. */
  #seen: number;
  #compacted: number;
  #stopped: StoreClosedError | undefined;
  #closing: Promise<void> | undefined;
  #asked: Promise<number> | undefined;
  #askedNext: Promise<number> | undefined;

  constructor({ connection, revision, compacted, clock, patienceMs }: EtcdStoreOptions) {
    this.#connection = connection;
    this.#seen = revision;
    this.#compacted = compacted;
    this.#leases = new Leases(connection, clock);
    this.#feed = new Feed({
      connection,
      after: revision,
      ownValues: this.#ownValues,
      patienceMs,
      onCompacted: (cause) => this.#stop(new StoreClosedError('changes of etcd were missed', { cause })),
    });
  }

  /** No change will be missed. */
  get started(): Promise<void> {
    return this.#feed.started;
  }

  get(key: string): Promise<KeyValue | undefined> {
    return this.#do(async () => {
      const { header, kvs } = await this.#connection.range({ key: Buffer.from(key) });
      this.#see(header.revision);
      return kvs[0] && keyValueOf(kvs[0]);
    });
  }

  list(options: ListOptions): Promise<ListResult> {
    return this.#do(async () => {
      const { prefix, limit = Infinity } = options;
      const range = rangeOf(options);
      const items: KeyValue[] = [];
      let { revision } = options;
      for (;;) {
        const page = Math.min(PAGE, limit - items.length);
        const answer = await this.#rangeAt({ ...range, limit: page, revision: revision ?? 0 });
        revision ??= answer.header.revision;
        const kvs = answer.kvs.map(keyValueOf);
        items.push(...kvs);
        if (!answer.more || items.length >= limit) return { items, revision, more: answer.more };
        Object.assign(range, rangeOf({ prefix, from: `${items.at(-1)?.key ?? ''}\0` }));
      }
    });
  }

  put(key: string, value: Bytes, options: WriteOptions = {}): Promise<WriteResult> {
    return this.#do(async () => {
      this.#ownValues.hold(key, value);
      let isWritten = false;
      try {
        const result = await this.#put(key, value, options);
        isWritten = result.ok;
        return result;
      } finally {
        if (!isWritten) this.#ownValues.drop(key, value);
      }
    });
  }

  delete(key: string, options: WriteOptions = {}): Promise<WriteResult> {
    return this.#do(() =>
      this.#write({ key, expected: options.expected, op: { request_delete_range: { prev_kv: true } } }),
    );
  }

  watch(options: WatchOptions): Watch {
    if (this.#stopped) throw this.#stopped;
    const { after = this.#seen } = options;
    if (after >= this.#compacted) return this.#feed.add({ ...options, after });
    // etcd itself would begin with what is left of the compacted revision.
    const refused = setImmediate(() => options.onError(new CompactedError(after, this.#compacted)));
    return { close: () => clearImmediate(refused) };
  }

  /** Many ask at once: who comes while a question is under way shares the next one, since this one's answer may be too old. */
  revision(): Promise<number> {
    if (!this.#asked) return this.#askRevision();
    const over = (): void => {};
    this.#askedNext ??= this.#asked.then(over, over).then(() => {
      this.#askedNext = undefined;
      return this.#askRevision();
    });
    return this.#askedNext;
  }

  /** Others may have written. */
  ownRevision(): undefined {
    return undefined;
  }

  compact(revision: number): Promise<void> {
    return this.#do(async () => {
      if (revision <= this.#compacted) return;
      try {
        await this.#connection.compact(revision);
      } catch (error) {
        if (isFuture(error)) throw new FutureRevisionError(revision, this.#seen);
        if (!isCompacted(error)) throw error;
      }
      this.#compacted = Math.max(this.#compacted, revision);
    });
  }

  compacted(): number {
    return this.#compacted;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#stop(new StoreClosedError());
    await Promise.allSettled(this.#underWay);
    this.#connection.close();
  }

  #stop(error: StoreClosedError): void {
    if (this.#stopped) return;
    this.#stopped = error;
    this.#feed.end(error);
  }

  async #do<T>(run: () => Promise<T>): Promise<T> {
    if (this.#stopped) throw this.#stopped;
    const running = run();
    this.#underWay.add(running);
    try {
      return await running;
    } finally {
      this.#underWay.delete(running);
    }
  }

  #askRevision(): Promise<number> {
    const asked = this.#do(async () => this.#see((await this.#connection.range(NO_KEY)).header.revision));
    const over = (): void => {
      if (this.#asked === asked) this.#asked = undefined;
    };
    asked.then(over, over);
    this.#asked = asked;
    return asked;
  }

  #see(revision: number): number {
    this.#seen = Math.max(this.#seen, revision);
    this.#feed.expect(revision);
    return revision;
  }

  async #rangeAt(request: { revision: number } & Record<string, unknown>) {
    try {
      const answer = await this.#connection.range(request);
      this.#see(answer.header.revision);
      return answer;
    } catch (error) {
      if (isFuture(error)) throw new FutureRevisionError(request.revision, this.#seen);
      if (!isCompacted(error)) throw error;
      this.#compacted = Math.max(this.#compacted, await compactedRevision(this.#connection, this.#seen));
      throw new CompactedError(request.revision, this.#compacted);
    }
  }

  async #put(key: string, value: Bytes, { ttlSeconds, expected }: WriteOptions): Promise<WriteResult> {
    for (let tries = 1; ; tries++) {
      const lease = ttlSeconds ? await this.#leases.idFor(ttlSeconds) : 0;
      try {
        return await this.#write({ key, expected, op: { request_put: { value, lease, prev_kv: true } } });
      } catch (error) {
        if (!ttlSeconds || !isLeaseGone(error) || tries > 1) throw error;
        this.#leases.forget(ttlSeconds);
      }
    }
  }

  async #write(write: { key: string; expected: number | undefined; op: Record<string, object> }): Promise<WriteResult> {
    if (write.key === '') throw new TypeError('a key must not be empty');
    const key = Buffer.from(write.key);
    const op = Object.fromEntries(Object.entries(write.op).map(([name, request]) => [name, { ...request, key }]));
    const equal = { result: 0, target: 2, key, mod_revision: write.expected };
    const answer = await this.#connection.txn({
      compare: write.expected === undefined ? [] : [equal],
      success: [op],
      failure: [{ request_range: { key } }],
    });
    this.#see(answer.header.revision);
    return resultOf(answer);
  }
}

function resultOf({ header, succeeded, responses: [response] }: TxnResponse): WriteResult {
  if (!succeeded) {
    const [kv] = response?.response_range?.kvs ?? [];
    return { ok: false, current: kv && keyValueOf(kv) };
  }
  const previous = response?.response_put?.prev_kv ?? response?.response_delete_range?.prev_kvs[0];
  return { ok: true, revision: header.revision, previous: previous ? keyValueOf(previous) : undefined };
}

const keyValueOf = ({ key, value, mod_revision, create_revision }: EtcdKeyValue): KeyValue => ({
  key: key.toString(),
  value,
  modRevision: mod_revision,
  createRevision: create_revision,
});

/** From `from`, or from the first key with the prefix, to the last one. */
function rangeOf({ prefix, from = '' }: Pick<ListOptions, 'prefix' | 'from'>): { key: Buffer; range_end: Buffer } {
  const start = from > prefix ? from : prefix;
  const key = start === '' ? ALL_KEYS.key : Buffer.from(start);
  const range_end = endOf(Buffer.from(prefix));
  // etcd takes a range that ends before it starts for an error, and an end of 0 for no end.
  const isEmpty = !range_end.equals(ALL_KEYS.range_end) && key.compare(range_end) >= 0;
  return isEmpty ? { key: range_end, range_end } : { key, range_end };
}

/** The first key after all that start with the prefix. */
function endOf(prefix: Buffer): Buffer {
  for (let i = prefix.length - 1; i >= 0; i--) {
    const byte = prefix[i] ?? 0xff;
    if (byte < 0xff) return Buffer.concat([prefix.subarray(0, i), Buffer.from([byte + 1])]);
  }
  return ALL_KEYS.range_end;
}
