/**
 * How many objects stay parsed: the latest so many, the others are bytes alone and are parsed again when somebody looks.
 * Keeps memory and garbage collection in bounds however many objects there are.
 */
import type { Entry } from './entry.ts';

export class ParsedBudget {
  readonly #ring: (Entry | undefined)[];
  #at = 0;

  constructor(size: number) {
    this.#ring = Array.from({ length: size });
  }

  note(entry: Entry): void {
    const oldest = this.#ring[this.#at];
    if (oldest !== entry) oldest?.forgetParsed();
    this.#ring[this.#at] = entry;
    this.#at = (this.#at + 1) % this.#ring.length;
  }
}
