/**
 * A sorted set of strings in chunks, so that adding and removing stay cheap with a hundred thousand members, and a page can
 * start anywhere. Order is by code unit, which for names (ASCII) is the byte order of the store.
 */
const CHUNK = 512;

export class SortedKeys {
  #chunks: string[][] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(key: string): void {
    const chunk = this.#chunkOf(key);
    const keys = this.#chunks[chunk];
    if (!keys) {
      this.#chunks.push([key]);
      this.#size++;
      return;
    }
    const isLast = (keys.at(-1) ?? '') < key; // as all are that come in order
    const at = isLast ? keys.length : lowerBound(keys, key);
    if (keys[at] === key) return;
    if (isLast) keys.push(key);
    else keys.splice(at, 0, key);
    this.#size++;
    if (keys.length > CHUNK) this.#chunks.splice(chunk + 1, 0, keys.splice(CHUNK / 2));
  }

  delete(key: string): void {
    const chunk = this.#chunkOf(key);
    const keys = this.#chunks[chunk];
    if (!keys) return;
    const at = lowerBound(keys, key);
    if (keys[at] !== key) return;
    keys.splice(at, 1);
    this.#size--;
    if (keys.length === 0) this.#chunks.splice(chunk, 1);
  }

  /** Members from `from` (inclusive) in order. Not to be held across changes. */
  *from(from = ''): Generator<string> {
    for (let c = from ? this.#chunkOf(from) : 0; c < this.#chunks.length; c++) {
      const keys = this.#chunks[c] ?? [];
      for (let i = from ? lowerBound(keys, from) : 0; i < keys.length; i++) yield keys[i] ?? '';
    }
  }

  /** The last chunk whose first member is not behind `key`. */
  #chunkOf(key: string): number {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#chunks[middle]?.[0] ?? '') <= key) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
