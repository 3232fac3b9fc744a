/**
 * One watch of everything for all watchers of a store: whatever changes, all of them know at once how far they are. A watcher from a
 * past revision reads history on a stream of its own until it meets the common one.
 */
import type { CompactedError, StoreEvent, Watch, WatchOptions } from '../store.ts';
import type { EtcdConnection } from './connection.ts';
import { HistoryStream } from './history-stream.ts';
import type { OwnValues } from './own-values.ts';

interface Watcher {
  options: WatchOptions;
  position: number;
  /** While it catches up. */
  history?: HistoryStream;
  /** What the common stream said meanwhile. */
  meanwhile: { events: readonly StoreEvent[]; revision: number }[];
}

export interface FeedOptions {
  connection: EtcdConnection;
  /** Changes after this revision are told. */
  after: number;
  ownValues: OwnValues;
  /** For how long the stream may be behind what etcd says elsewhere before it is made anew. */
  patienceMs: number;
  /** The connection was away for so long that some changes are lost. */
  onCompacted(error: CompactedError): void;
}

export class Feed {
  readonly #connection: EtcdConnection;
  readonly #watchers = new Set<Watcher>();
  readonly #stream: HistoryStream;
  readonly #patienceMs: number;
  #position: number;
  /** While changes up to a revision are waited for. */
  #late: NodeJS.Timeout | undefined;

  constructor(options: FeedOptions) {
    const { ownValues } = options;
    this.#connection = options.connection;
    this.#position = options.after;
    this.#patienceMs = options.patienceMs;
    this.#stream = new HistoryStream({
      ...options,
      onEvents: (events, revision) =>
        this.#publish(
          events.map((event) =>
            event.type === 'put' ? { ...event, value: ownValues.claim(event.key, event.value) } : event,
          ),
          revision,
        ),
      onCompacted: (error) => options.onCompacted(error),
    });
  }

  /** From here on every change is told. */
  get started(): Promise<void> {
    return this.#stream.started;
  }

  add(options: WatchOptions & { after: number }): Watch {
    const watcher: Watcher = { options, position: options.after, meanwhile: [] };
    this.#watchers.add(watcher);
    if (options.after < this.#position) this.#catchUp(watcher);
    return { close: () => this.#forget(watcher) };
  }

  /** etcd is at this revision: the stream will tell of all changes up to it, or is broken without a word. */
  expect(revision: number): void {
    if (revision <= this.#position || this.#late) return;
    this.#late = setTimeout(() => {
      this.#late = undefined;
      if (this.#position < revision) this.#stream.renew();
    }, this.#patienceMs).unref();
  }

  end(error: Error): void {
    clearTimeout(this.#late);
    this.#stream.close();
    for (const watcher of this.#watchers) this.#end(watcher, error);
  }

  #publish(events: readonly StoreEvent[], revision: number): void {
    this.#position = revision;
    for (const watcher of this.#watchers)
      if (watcher.history) watcher.meanwhile.push({ events, revision });
      else this.#tell(watcher, events, revision);
  }

  #tell(watcher: Watcher, events: readonly StoreEvent[], revision: number): void {
    const { position: seen, options } = watcher;
    if (revision <= seen) return;
    watcher.position = revision;
    try {
      options.onEvents(
        events.filter((event) => event.revision > seen && event.key.startsWith(options.prefix)),
        revision,
      );
    } catch (error) {
      this.#end(watcher, error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Every revision changes some key, so the stream of all keys comes by the common one's position for sure. */
  #catchUp(watcher: Watcher): void {
    const meetAt = this.#position;
    watcher.history = new HistoryStream({
      connection: this.#connection,
      after: watcher.position,
      onEvents: (events, revision) => {
        this.#tell(watcher, events, revision);
        if (revision >= meetAt) this.#goLive(watcher);
      },
      onCompacted: (error) => this.#end(watcher, error),
    });
  }

  #goLive(watcher: Watcher): void {
    watcher.history?.close();
    delete watcher.history;
    for (const { events, revision } of watcher.meanwhile.splice(0))
      if (this.#watchers.has(watcher)) this.#tell(watcher, events, revision);
  }

  #forget(watcher: Watcher): boolean {
    watcher.history?.close();
    return this.#watchers.delete(watcher);
  }

  #end(watcher: Watcher, error: Error): void {
    if (this.#forget(watcher)) watcher.options.onError(error);
  }
}
