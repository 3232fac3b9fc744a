/**
 * Entries by a value of theirs (a label, a field), so that selecting fifty of fifty thousand costs fifty. An index is built
 * the first time that somebody selects by it, and kept up from then on; there are never more than a few.
 */
import type { Entry } from './entry.ts';

interface Index {
  valueOf: (entry: Entry) => string | undefined;
  byValue: Map<string, Map<string, Entry>>;
  /** What each key is filed under. */
  values: Map<string, string>;
}

const MAX_INDEXES = 8;
const NONE: ReadonlyMap<string, Entry> = new Map();

export interface Lookup {
  /** 'label app', 'field v1 spec.nodeName' */
  index: string;
  valueOf: (entry: Entry) => string | undefined;
  value: string;
}

export class Indexes {
  readonly #indexes = new Map<string, Index>();

  /** By key; undefined when there are too many indexes to add this one. */
  find({ index: name, valueOf, value }: Lookup, all: Iterable<Entry>): ReadonlyMap<string, Entry> | undefined {
    let index = this.#indexes.get(name);
    if (!index) {
      if (this.#indexes.size >= MAX_INDEXES) return undefined;
      index = { valueOf, byValue: new Map(), values: new Map() };
      this.#indexes.set(name, index);
      for (const entry of all) file(index, entry);
    }
    return index.byValue.get(value) ?? NONE;
  }

  set(entry: Entry): void {
    for (const index of this.#indexes.values()) {
      unfile(index, entry.key);
      file(index, entry);
    }
  }

  delete(key: string): void {
    for (const index of this.#indexes.values()) unfile(index, key);
  }
}

function file({ valueOf, byValue, values }: Index, entry: Entry): void {
  const value = valueOf(entry);
  if (value === undefined) return;
  const entries = byValue.get(value) ?? new Map<string, Entry>();
  byValue.set(value, entries.set(entry.key, entry));
  values.set(entry.key, value);
}

function unfile({ byValue, values }: Index, key: string): void {
  const value = values.get(key);
  if (value === undefined) return;
  values.delete(key);
  const entries = byValue.get(value);
  entries?.delete(key);
  if (entries?.size === 0) byValue.delete(value);
}
