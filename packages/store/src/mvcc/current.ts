/**
 * The committed state, in memory: what every get and list is answered from. Holds one KeyValue per key and hands it out shared.
 */
import type { KeyValue } from '../store.ts';
import type { LogRecord } from './log.ts';
import { SortedKeys } from './sorted-keys.ts';

export class CurrentValues {
  readonly #values = new Map<string, KeyValue>();
  #order: SortedKeys | undefined;
  /** Keys that came since somebody scanned: they are put in order when somebody does again. */
  #unordered: string[] = [];

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
    this.#ordered().scan(from > prefix ? from : prefix, (key) => {
      const value = this.#values.get(key);
      return key.startsWith(prefix) && value !== undefined && visit(value);
    });
  }

  /** Where there are more of these than of all others, the order is made anew. */
  #noteNew(key: string): void {
    if (!this.#order) return;
    if (this.#unordered.push(key) <= this.#values.size) return;
    this.#order = undefined;
    this.#unordered = [];
  }

  #ordered(): SortedKeys {
    const unordered = this.#unordered;
    this.#unordered = [];
    this.#order ??= new SortedKeys(this.#values.keys());
    for (const key of unordered) if (this.#values.has(key)) this.#order.add(key);
    return this.#order;
  }
}

export const keyValueOf = ({ key, value, revision, createRevision }: LogRecord): KeyValue => ({
  key,
  value,
  modRevision: revision,
  createRevision,
});
