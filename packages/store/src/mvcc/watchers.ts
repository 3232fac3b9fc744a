/**
 * Everybody who watches: first brought up to date out of the log, then told of every commit, each change exactly once and in revision
 * order. A watcher that throws is ended and hurts nobody else.
 */
import { CompactedError, type KeyValue, type StoreEvent, type Watch, type WatchOptions } from '../store.ts';
import type { Committed } from './commit-queue.ts';
import type { History } from './history.ts';

/** Changes that are read from the log at a time while a watcher catches up. */
const PORTION = 500;

interface Watcher {
  options: WatchOptions;
  /** Up to date with this revision. */
  position: number;
}

export interface WatchersOptions {
  history: History;
  compacted(): number;
  /** Values at revisions, from memory or the log; undefined where they have been compacted away. */
  read(wanted: readonly { key: string; revision: number }[]): Promise<(KeyValue | undefined)[]>;
}

export class Watchers {
  readonly #options: WatchersOptions;
  readonly #live = new Set<Watcher>();
  readonly #catchingUp = new Set<Watcher>();

  constructor(options: WatchersOptions) {
    this.#options = options;
  }

  add(options: WatchOptions): Watch {
    const { revision } = this.#options.history;
    const watcher: Watcher = { options, position: options.after ?? revision };
    if (watcher.position >= revision) this.#live.add(watcher);
    else {
      this.#catchingUp.add(watcher);
      void this.#catchUp(watcher).catch((error: unknown) => this.#end(watcher, asError(error)));
    }
    return { close: () => this.#forget(watcher) };
  }

  publish(batch: readonly Committed[]): void {
    const events = batch.map(eventOf);
    for (const watcher of this.#live) this.#tell(watcher, events);
  }

  end(error: Error): void {
    for (const watcher of [...this.#live, ...this.#catchingUp]) this.#end(watcher, error);
  }

  #tell(watcher: Watcher, events: readonly StoreEvent[]): void {
    const revision = events.at(-1)?.revision ?? 0;
    if (revision <= watcher.position) return; // it started in the future
    const { prefix } = watcher.options;
    const seen = watcher.position;
    this.#deliver(
      watcher,
      events.filter((event) => event.key.startsWith(prefix) && event.revision > seen),
      revision,
    );
  }

  #deliver(watcher: Watcher, events: readonly StoreEvent[], revision: number): void {
    watcher.position = revision;
    try {
      watcher.options.onEvents(events, revision);
    } catch (error) {
      this.#end(watcher, asError(error));
    }
  }

  async #catchUp(watcher: Watcher): Promise<void> {
    const { history } = this.#options;
    await Promise.resolve(); // never call back before watch() has returned
    while (this.#catchingUp.has(watcher) && watcher.position < history.revision) {
      this.#refuseCompacted(watcher.position);
      const { changes, upTo } = history.changesAfter(watcher.position, {
        prefix: watcher.options.prefix,
        limit: PORTION,
      });
      const events = await this.#eventsOf(changes, watcher.position);
      if (this.#catchingUp.has(watcher)) this.#deliver(watcher, events, upTo);
    }
    if (this.#catchingUp.delete(watcher)) this.#live.add(watcher);
  }

  async #eventsOf(changes: ReturnType<History['changesAfter']>['changes'], position: number): Promise<StoreEvent[]> {
    const values = await this.#options.read(
      changes.flatMap(({ key, revision, previousRevision, deleted }) => [
        { key, revision: previousRevision },
        { key, revision: deleted ? previousRevision : revision },
      ]),
    );
    return changes.map(({ key, revision, previousRevision, deleted }, i) => {
      const previous = values[2 * i];
      const now = values[2 * i + 1];
      if (!now || (previousRevision > 0 && !previous)) throw new CompactedError(position, this.#options.compacted());
      const { value, createRevision } = now;
      return { type: deleted ? 'delete' : 'put', key, revision, value, previous: previous?.value, createRevision };
    });
  }

  #refuseCompacted(position: number): void {
    const compacted = this.#options.compacted();
    if (position < compacted) throw new CompactedError(position, compacted);
  }

  #forget(watcher: Watcher): boolean {
    return this.#live.delete(watcher) || this.#catchingUp.delete(watcher);
  }

  #end(watcher: Watcher, error: Error): void {
    if (this.#forget(watcher)) watcher.options.onError(error);
  }
}

const eventOf = ({ record, previous }: Committed): StoreEvent => ({
  type: record.type,
  key: record.key,
  revision: record.revision,
  value: record.type === 'delete' ? (previous?.value ?? record.value) : record.value,
  previous: previous?.value,
  createRevision: record.createRevision,
});

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
