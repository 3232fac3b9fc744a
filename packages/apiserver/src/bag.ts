/**
 * What comes and goes all the time, in no order: whoever leaves gives its place to the last. A Set would do as well but for the
 * garbage collector: of each table that it outgrows V8 keeps a way to the next, so once one of them has grown old, all that passes
 * through the Set outlives its use, until the next full collection.
 */

/** A member belongs to one bag, which says where it is. */
export interface Member {
  place: number;
}

export class Bag<T extends Member> {
  readonly #members: T[] = [];

  get size(): number {
    return this.#members.length;
  }

  add(member: T): void {
    member.place = this.#members.push(member) - 1;
  }

  /** Does nothing where it is not in the bag any more. */
  delete(member: T): void {
    const { place } = member;
    if (this.#members[place] !== member) return;
    const last = this.#members.pop();
    if (!last || last === member) return;
    this.#members[place] = last;
    last.place = place;
  }

  [Symbol.iterator](): IterableIterator<T> {
    return this.#members.values();
  }
}
