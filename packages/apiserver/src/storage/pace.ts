/**
 * How much of the event loop an activity may take: as much as it needs for a while, and two thirds in the long run. Times are
 * milliseconds of one clock, which the caller reads.
 */

/** For each millisecond of the loop. */
const REST = 0.5;
/** How far rests may be put off. With it, twenty milliseconds go by at a stretch: a round over a thousand watchers over TLS. */
const CREDIT_MS = 10;

export class Pace {
  /** When all rests that are owed would have been taken. */
  #owedUntil = 0;

  took(began: number, ended: number): void {
    this.#owedUntil = Math.max(this.#owedUntil, began) + (ended - began) * (1 + REST);
  }

  /** Milliseconds until the activity may go on. */
  restFrom(now: number): number {
    return Math.max(0, this.#owedUntil - CREDIT_MS - now);
  }
}
