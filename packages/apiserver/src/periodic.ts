/** Something done now and again in the background, one at a time; a failure is logged and waits for the next time. */
import type { Logger } from 'pino';

export class Periodic {
  readonly #everyMs: number;
  readonly #work: () => Promise<void>;
  readonly #log: Logger;
  #timer: NodeJS.Timeout | undefined;
  #running = false;

  constructor(everyMs: number, work: () => Promise<void>, log: Logger) {
    this.#everyMs = everyMs;
    this.#work = work;
    this.#log = log;
  }

  start(): void {
    this.#timer = setInterval(() => this.#run(), this.#everyMs).unref();
    this.#run();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #run(): void {
    if (this.#running) return;
    this.#running = true;
    this.#work()
      .catch((error: unknown) => this.#log.warn({ err: error }, 'background work failed'))
      .finally(() => (this.#running = false));
  }
}
