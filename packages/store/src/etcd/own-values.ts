/**
 * Values that this process has written and not heard of yet. When a change comes back from etcd with the same bytes, the buffer that was
 * handed in stands for them: it is kept once, and what its owner knows of it (the parsed object, say) is found again.
 */
import type { Bytes } from '../store.ts';

export class OwnValues {
  readonly #byKey = new Map<string, Bytes[]>();

  hold(key: string, value: Bytes): void {
    const held = this.#byKey.get(key);
    if (held) held.push(value);
    else this.#byKey.set(key, [value]);
  }

  /** The write did not happen. */
  drop(key: string, value: Bytes): void {
    const held = this.#byKey.get(key);
    if (held) this.#remove(key, held, held.indexOf(value));
  }

  /** The buffer to use for a value of this key that etcd tells of. */
  claim(key: string, told: Bytes): Bytes {
    const held = this.#byKey.get(key);
    if (!held) return told;
    const at = held.findIndex((value) => value.equals(told));
    const own = held[at];
    this.#remove(key, held, at);
    return own ?? told;
  }

  #remove(key: string, held: Bytes[], at: number): void {
    if (at >= 0) held.splice(at, 1);
    if (held.length === 0) this.#byKey.delete(key);
  }
}
