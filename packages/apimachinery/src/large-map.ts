/**
 * A Map of texts for any number of keys, in no order. A Map doubles its room at a stretch, which with a hundred thousand keys holds
 * everybody up for ten milliseconds and more, and Maps of the same keys all do so at once. This one falls into parts when it grows
 * large, and they grow one by one.
 */

const LARGE = 4096;
const PART_BITS = 6;
/** What tells one key from another is mostly at its end. */
const TELLING = 8;

export class LargeMap<V> {
  #parts: readonly Map<string, V>[] = [new Map()];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: string): V | undefined {
    return this.#partOf(key)?.get(key);
  }

  has(key: string): boolean {
    return this.#partOf(key)?.has(key) ?? false;
  }

  set(key: string, value: V): this {
    const part = this.#partOf(key);
    const before = part?.size ?? 0;
    this.#size += (part?.set(key, value).size ?? 0) - before;
    if (this.#size > LARGE && this.#parts.length === 1) this.#divide();
    return this;
  }

  delete(key: string): boolean {
    const found = this.#partOf(key)?.delete(key) ?? false;
    if (found) this.#size--;
    return found;
  }

  *keys(): Generator<string, void> {
    for (const part of this.#parts) yield* part.keys();
  }

  *values(): Generator<V, void> {
    for (const part of this.#parts) yield* part.values();
  }

  #partOf(key: string): Map<string, V> | undefined {
    return this.#parts.length === 1 ? this.#parts[0] : this.#parts[partOf(key)];
  }

  #divide(): void {
    const [whole] = this.#parts;
    this.#parts = Array.from({ length: 1 << PART_BITS }, () => new Map<string, V>());
    for (const [key, value] of whole ?? []) this.#partOf(key)?.set(key, value);
  }
}

/** FNV-1a, of which the upper bits are mixed best. */
export function partOf(key: string): number {
  let hash = key.length;
  for (let i = Math.max(0, key.length - TELLING); i < key.length; i++)
    hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return hash >>> (32 - PART_BITS);
}
