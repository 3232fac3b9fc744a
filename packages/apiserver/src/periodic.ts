/** Something done now and again in the background, one at a time; a failure is logged and waits for the next time. */
import type { Logger } from 'pino';

export class Periodic {
  readonly #everyMs: number;
  readonly #work: () => Promise<void>;
  readonly #log: Logger;
  #timer: NodeJS.Timeout | undefined;
  #running = false;
  #again = false;
  #closed = false;

  constructor(everyMs: number, work: () => Promise<void>, log: Logger) {
    this.#everyMs = everyMs;
    this.#work = work;
    this.#log = log;
  }

  start(): void {
    this.#timer = setInterval(() => this.#run(), this.#everyMs).unref();
    this.#run();
  }

  /** Once more before its time; whatever else asks for that meanwhile is the same once. */
  soon(): void {
    if (this.#closed) return;
    this.#again = true;
    if (!this.#running) setImmediate(() => this.#run());
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
  }

  #run(): void {
    if (this.#running || this.#closed) return;
    this.#running = true;
    this.#again = false;
    this.#work()
      .catch((error: unknown) => this.#closed || this.#log.warn({ err: error }, 'background work failed'))
      .finally(() => {
        this.#running = false;
        if (this.#again) this.soon();
      });
  }
}
