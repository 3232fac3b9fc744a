/**
 * Which key changed at which revision, since compaction: two flat arrays, so that a change costs 16 bytes until it is compacted.
 * Values are not here; the log has them.
 */
export class History {
  /** Revision of the first element; a fresh store stands at revision 1 and its first write is 2. */
  #start: number;
  #keys: string[] = [];
  /** Revision of the record that was superseded, 0 where the key was created; negative for a delete. */
  #previous: number[] = [];

  constructor(start: number) {
    this.#start = start;
  }

  /** The newest revision. */
  get revision(): number {
    return this.#start + this.#keys.length - 1;
  }

  push(change: { key: string; type: 'put' | 'delete'; previousRevision: number }): void {
    this.#keys.push(change.key);
    this.#previous.push(change.type === 'delete' ? -change.previousRevision : change.previousRevision);
  }

  /** Keys of the range that changed after a revision, with the revision that each had then (0: it did not exist). */
  touchedSince(revision: number, range: { prefix: string; from?: string }): Map<string, number> {
    const touched = new Map<string, number>();
    const { prefix, from = '' } = range;
    for (let i = this.#indexAfter(revision); i < this.#keys.length; i++) {
      const key = this.#keys[i] ?? '';
      if (key.startsWith(prefix) && key >= from && !touched.has(key))
        touched.set(key, Math.abs(this.#previous[i] ?? 0));
    }
    return touched;
  }

  /** The next changes under a prefix after a revision, at most `limit`; `upTo` is how far that looked. */
  changesAfter(
    revision: number,
    options: { prefix: string; limit: number },
  ): { changes: { key: string; revision: number; previousRevision: number; deleted: boolean }[]; upTo: number } {
    const changes = [];
    let i = this.#indexAfter(revision);
    for (; i < this.#keys.length && changes.length < options.limit; i++) {
      const key = this.#keys[i] ?? '';
      const previous = this.#previous[i] ?? 0;
      if (key.startsWith(options.prefix))
        changes.push({ key, revision: this.#start + i, previousRevision: Math.abs(previous), deleted: previous < 0 });
    }
    return { changes, upTo: this.#start + i - 1 };
  }

  /**
   * Forgets changes up to a revision; returns the records that nobody can ask for any more. In ascending order of what superseded
   * them, a deletion right after what it deleted: dropping any number of them from the front brings nothing back to life.
   */
  cut(revision: number): number[] {
    const count = Math.max(0, Math.min(this.#keys.length, revision - this.#start + 1));
    const drop: number[] = [];
    for (let i = 0; i < count; i++) {
      const previous = this.#previous[i] ?? 0;
      if (previous !== 0) drop.push(Math.abs(previous));
      if (previous < 0) drop.push(this.#start + i);
    }
    this.#keys = this.#keys.slice(count);
    this.#previous = this.#previous.slice(count);
    this.#start += count;
    return drop;
  }

  #indexAfter(revision: number): number {
    return Math.max(0, revision + 1 - this.#start);
  }
}
