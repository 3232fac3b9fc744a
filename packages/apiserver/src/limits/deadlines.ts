/**
 * Requests that take too long are answered 504, whatever they wait for; their work may still come to an end. One timer for
 * all of them.
 */
import { BadRequest, Timeout, parseDuration } from '@mkube/apimachinery';
import { Bag, type Member } from '../bag.ts';
import type { RequestInfo } from '../request/info.ts';
import type { Later } from '../request/later.ts';

export const READ_MS = 60_000;
export const WRITE_MS = 34_000;

interface Waiting extends Member {
  until: number;
  expire: () => void;
}

const LOOK_MS = 1000;

export class Deadlines {
  readonly #waiting = new Bag<Waiting>();
  #timer: NodeJS.Timeout | undefined;

  within<T>(ms: number, work: Promise<T>): Promise<T>;
  within<T>(ms: number, work: Later<T>): Later<T>;
  within<T>(ms: number, work: Later<T>): Later<T> {
    if (!(work instanceof Promise)) return work;
    return new Promise<T>((resolve, reject) => {
      const waiting: Waiting = {
        place: -1,
        until: performance.now() + ms,
        expire: () =>
          reject(new Timeout('Timeout: request did not complete within the allotted timeout', { details: {} })),
      };
      this.#waiting.add(waiting);
      this.#timer ??= setInterval(() => this.#look(), LOOK_MS);
      const ended =
        <V>(settle: (value: V) => void) =>
        (value: V): void => {
          this.#done(waiting);
          settle(value);
        };
      work.then(ended(resolve), ended(reject));
    });
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #done(waiting: Waiting): void {
    this.#waiting.delete(waiting);
    if (this.#waiting.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    const now = performance.now();
    for (const { until, expire } of this.#waiting) if (now > until) expire();
  }
}

const READS = new Set(['get', 'list']);
/** As long as somebody else takes. */
export const STREAMS: ReadonlySet<string> = new Set(['log', 'exec', 'attach', 'portforward', 'proxy']);

/** Milliseconds, the client's own `timeout` where that is shorter. undefined: as long as it takes. */
export function deadlineOf(info: RequestInfo, query: URLSearchParams): number | undefined {
  if (info.verb === 'watch' || (info.type === 'resource' && STREAMS.has(info.subresource))) return undefined;
  const most = READS.has(info.verb) ? READ_MS : WRITE_MS;
  const asked = query.get('timeout');
  return asked === null ? most : Math.min(most, timeoutOf(asked) || most);
}

function timeoutOf(text: string): number {
  const nanos = parseDuration(text);
  if (nanos === undefined)
    throw new BadRequest(
      `invalid timeout specified in the request URL - time: invalid duration ${JSON.stringify(text)}`,
    );
  return Math.max(0, Number(nanos / 1_000_000n));
}
