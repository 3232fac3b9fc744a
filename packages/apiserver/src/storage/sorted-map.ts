/**
 * Values by name, in the names' order, in chunks, so that adding and removing stay cheap with a hundred thousand of them, a page can
 * start anywhere, and how many follow is known without visiting them. Order is by code unit, which for names (ASCII) is the byte
 * order of the store.
 */
const CHUNK = 512;

interface Chunk<V> {
  keys: string[];
  /** In the order of the keys. */
  values: V[];
}

export class SortedMap<V> {
  readonly #chunks: Chunk<V>[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  set(key: string, value: V): void {
    const index = this.#chunkOf(key);
    const chunk = this.#chunks[index];
    if (!chunk) {
      this.#chunks.push({ keys: [key], values: [value] });
      this.#size++;
      return;
    }
    const { keys, values } = chunk;
    const isLast = (keys.at(-1) ?? '') < key; // as all are that come in order
    const at = isLast ? keys.length : lowerBound(keys, key);
    if (keys[at] === key) {
      values[at] = value;
      return;
    }
    if (isLast) {
      keys.push(key);
      values.push(value);
    } else {
      keys.splice(at, 0, key);
      values.splice(at, 0, value);
    }
    this.#size++;
    if (keys.length > CHUNK)
      this.#chunks.splice(index + 1, 0, { keys: keys.splice(CHUNK / 2), values: values.splice(CHUNK / 2) });
  }

  delete(key: string): void {
    const index = this.#chunkOf(key);
    const chunk = this.#chunks[index];
    if (!chunk) return;
    const { keys, values } = chunk;
    const at = lowerBound(keys, key);
    if (keys[at] !== key) return;
    keys.splice(at, 1);
    values.splice(at, 1);
    this.#size--;
    if (keys.length === 0) this.#chunks.splice(index, 1);
  }

  /** Values of keys from `from` (inclusive) in order. Not to be held across changes. */
  *from(from = ''): Generator<V> {
    const first = this.#chunkOf(from);
    for (let c = first; c < this.#chunks.length; c++) {
      const { keys, values } = this.#chunks[c] ?? NOTHING;
      for (let i = c === first ? lowerBound(keys, from) : 0; i < keys.length; i++) yield values[i] as V;
    }
  }

  /** How many keys there are from `from` (inclusive) on. */
  countFrom(from: string): number {
    const first = this.#chunkOf(from);
    let count = 0;
    for (let c = first; c < this.#chunks.length; c++) count += this.#chunks[c]?.keys.length ?? 0;
    return count - lowerBound(this.#chunks[first]?.keys ?? [], from);
  }

  /** The last chunk whose first member is not behind `key`. */
  #chunkOf(key: string): number {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#chunks[middle]?.keys[0] ?? '') <= key) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

const NOTHING = { keys: [], values: [] };

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
