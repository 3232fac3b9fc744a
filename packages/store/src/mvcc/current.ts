/**
 * The committed state, in memory: what every get and list is answered from. Holds one KeyValue per key and hands it out shared.
 */
import { LargeMap } from '@mkube/apimachinery/large-map';
import type { KeyValue } from '../store.ts';
import type { LogRecord } from './log.ts';
import { SortedKeys } from './sorted-keys.ts';

export class CurrentValues {
  readonly #values = new LargeMap<KeyValue>();
  #order: SortedKeys | undefined;
  /**
   * Keys that came since somebody scanned where they lie, by the folder they are in: they are put in order when somebody does again.
   * So a scan pays for what it passes, however much came elsewhere. Some may be gone again, or stand here twice.
   */
  readonly #unordered = new Map<string, string[]>();

  get(key: string): KeyValue | undefined {
    return this.#values.get(key);
  }

  apply(record: LogRecord): void {
    if (record.type === 'delete') {
      this.#values.delete(record.key);
      this.#order?.delete(record.key);
      return;
    }
    if (!this.#values.has(record.key)) this.#noteNew(record.key);
    this.#values.set(record.key, keyValueOf(record));
  }

  /** Keys with the prefix, from `from` on, in order, until `visit` answers false. */
  scan(range: { prefix: string; from?: string }, visit: (value: KeyValue) => boolean): void {
    const { prefix, from = '' } = range;
    this.#ordered(prefix).scan(from > prefix ? from : prefix, (key) => {
      const value = this.#values.get(key);
      return key.startsWith(prefix) && value !== undefined && visit(value);
    });
  }

  #noteNew(key: string): void {
    if (!this.#order) return;
    const folder = key.slice(0, key.lastIndexOf('/') + 1);
    const keys = this.#unordered.get(folder);
    if (!keys) this.#unordered.set(folder, [key]);
    else if (keys.push(key) > MOST_GONE + 2 * this.#values.size) this.#unordered.set(folder, this.#alive(keys));
  }

  #alive(keys: Iterable<string>): string[] {
    return [...new Set(keys)].filter((key) => this.#values.has(key));
  }

  /** The order, in which all keys with the prefix have their place. Where many are new, it is made anew. */
  #ordered(prefix: string): SortedKeys {
    const order = (this.#order ??= new SortedKeys(this.#values.keys()));
    for (const [folder, keys] of this.#unordered) {
      if (!folder.startsWith(prefix) && !prefix.startsWith(folder)) continue;
      if (keys.length * MANY > this.#values.size) return this.#orderAnew();
      this.#unordered.delete(folder);
      for (const key of this.#alive(keys)) order.add(key);
    }
    return order;
  }

  #orderAnew(): SortedKeys {
    this.#unordered.clear();
    return (this.#order = new SortedKeys(this.#values.keys()));
  }
}

/** To sort all takes about as long as to find places for this part of them one by one. */
const MANY = 4;
/** Keys that are gone again may wait beside the others. */
const MOST_GONE = 1024;

export const keyValueOf = ({ key, value, revision, createRevision }: LogRecord): KeyValue => ({
  key,
  value,
  modRevision: revision,
  createRevision,
});
