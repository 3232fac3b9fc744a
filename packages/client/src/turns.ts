/**
 * Lets others have the event loop: whoever goes through much without waiting for anything asks now and then whether its turn is
 * over, and then awaits the next. Requests are answered in between.
 */
const TURN_MS = 2;

export class Turns {
  #began = performance.now();

  get isOver(): boolean {
    return performance.now() - this.#began > TURN_MS;
  }

  async next(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#began = performance.now();
  }
}
