/**
 * How much stays parsed: the latest objects, up to so many bytes of JSON; the others are bytes alone and are parsed again when
 * somebody looks. Keeps memory and garbage collection in bounds however many objects there are.
 */

/** Something that is there as bytes, and for a while parsed as well. */
export interface Parsed {
  /** Bytes of JSON. */
  readonly size: number;
  forgetParsed(): void;
}

export class ParsedBudget {
  readonly #bytes: number;
  /** Oldest first, from `#first` on. */
  #entries: (Parsed | undefined)[] = [];
  #first = 0;
  #used = 0;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  note(entry: Parsed): void {
    this.#entries.push(entry);
    this.#used += entry.size;
    while (this.#used > this.#bytes && this.#first < this.#entries.length - 1) this.#forgetOldest();
    if (this.#first > 1024 && this.#first * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    }
  }

  #forgetOldest(): void {
    const oldest = this.#entries[this.#first];
    this.#entries[this.#first++] = undefined;
    if (!oldest) return;
    this.#used -= oldest.size;
    oldest.forgetParsed();
  }
}
