/**
 * The committed state, in memory: what every get and list is answered from. Holds one KeyValue per key and hands it out shared.
 */
import type { KeyValue } from '../store.ts';
import type { LogRecord } from './log.ts';
import { SortedKeys } from './sorted-keys.ts';

export class CurrentValues {
  readonly #values = new Map<string, KeyValue>();
  #order: SortedKeys | undefined;

  get(key: string): KeyValue | undefined {
    return this.#values.get(key);
  }

  apply(record: LogRecord): void {
    if (record.type === 'delete') {
      this.#values.delete(record.key);
      this.#order?.delete(record.key);
      return;
    }
    if (this.#order && !this.#values.has(record.key)) this.#order.add(record.key);
    this.#values.set(record.key, keyValueOf(record));
  }

  /** Keys with the prefix, from `from` on, in order, until `visit` answers false. */
  scan(range: { prefix: string; from?: string }, visit: (value: KeyValue) => boolean): void {
    this.#order ??= new SortedKeys(this.#values.keys());
    const { prefix, from = '' } = range;
    this.#order.scan(from > prefix ? from : prefix, (key) => {
      const value = this.#values.get(key);
      return key.startsWith(prefix) && value !== undefined && visit(value);
    });
  }
}

export const keyValueOf = ({ key, value, revision, createRevision }: LogRecord): KeyValue => ({
  key,
  value,
  modRevision: revision,
  createRevision,
});
