/**
 * Keys that vanish by themselves: a heap by time. It only says what is due; the store deletes it as any other write, so that watchers
 * and the log see a delete. An entry that was overwritten meanwhile is still reported: the delete expects its revision and is lost.
 */
export interface Expiring {
  key: string;
  revision: number;
  expiresAt: number;
}

export class Expiry {
  readonly #heap: Expiring[] = [];

  get size(): number {
    return this.#heap.length;
  }

  add(entry: Expiring): void {
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (!above || above.expiresAt <= entry.expiresAt) break;
      heap[at] = above;
      heap[parent] = entry;
      at = parent;
    }
  }

  /** Takes out everything that is due at `now` (ms). */
  due(now: number): Expiring[] {
    const due: Expiring[] = [];
    for (let top = this.#heap[0]; top && top.expiresAt <= now; top = this.#heap[0]) {
      due.push(top);
      this.#removeTop();
    }
    return due;
  }

  #removeTop(): void {
    const heap = this.#heap;
    const moved = heap.pop();
    if (!moved || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = heap[2 * at + 1];
      const right = heap[2 * at + 2];
      const smaller = right && left && right.expiresAt < left.expiresAt ? right : left;
      if (!smaller || smaller.expiresAt >= moved.expiresAt) break;
      heap[at] = smaller;
      at = smaller === left ? 2 * at + 1 : 2 * at + 2;
    }
    heap[at] = moved;
  }
}
