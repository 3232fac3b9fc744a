/**
 * When those who were sent away may come again: the more of them there were, the later. The time doubles where three times as
 * many as its seconds were refused in that time, and goes down by a second where fewer than its seconds were.
 */
const LONGEST = 32;

export class RetryAfter {
  seconds = 1;
  /** Refusals of seconds gone by, the latest last. */
  #history: { second: number; refused: number }[] = [];
  #current = { second: 0, refused: 0 };
  #doubledAt = 0;

  refuse(now: Date): void {
    const second = Math.floor(now.getTime() / 1000);
    if (this.#current.second === second) {
      this.#current.refused++;
      return;
    }
    const kept = Math.min(2 * this.seconds, LONGEST);
    this.#history = [...this.#history, this.#current].filter((of) => this.#current.second - of.second <= kept);
    this.#current = { second, refused: 1 };
    this.#adapt(second);
  }

  #adapt(second: number): void {
    const { seconds } = this;
    const lately = this.#history.filter((of) => second - of.second <= seconds);
    const refused = lately.reduce((sum, of) => sum + of.refused, 0);
    if (second - this.#doubledAt >= seconds && refused >= 3 * seconds) {
      this.seconds = Math.min(2 * seconds, LONGEST);
      this.#doubledAt = second;
    } else if (refused < seconds && seconds > 1) this.seconds--;
  }
}
