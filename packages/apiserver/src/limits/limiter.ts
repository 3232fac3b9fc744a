/**
 * How many requests are worked on at once. Who is over the limit waits a little in line, and is told to come again when the
 * line is full or slow: 429 with Retry-After. Watches, streams and administrators are never held up.
 */
import { TooManyRequests } from '@mkube/apimachinery';
import type { RequestInfo } from '../request/info.ts';
import type { User } from '../request/request.ts';

export interface LimiterOptions {
  maxReading: number;
  maxWriting: number;
  /** Waiting requests, of each sort. */
  maxQueue: number;
  maxWaitMs: number;
}

export const DEFAULT_LIMITS: LimiterOptions = { maxReading: 400, maxWriting: 200, maxQueue: 2000, maxWaitMs: 15_000 };

const READS = new Set(['get', 'list', 'head', 'options']);
const EXEMPT_GROUPS = ['system:masters', 'system:nodes'];
const EXEMPT_USERS = /^system:(kube-scheduler|kube-controller-manager|apiserver)$/;
/** Endless, or as long as somebody else takes. */
const LONG = new Set(['log', 'exec', 'attach', 'portforward', 'proxy']);

interface Lane {
  max: number;
  used: number;
  waiting: ((admitted: boolean) => void)[];
}

export class Limiter {
  readonly #options: LimiterOptions;
  readonly #reads: Lane;
  readonly #writes: Lane;

  constructor(options: LimiterOptions) {
    this.#options = options;
    this.#reads = { max: options.maxReading, used: 0, waiting: [] };
    this.#writes = { max: options.maxWriting, used: 0, waiting: [] };
  }

  get reading(): number {
    return this.#reads.used;
  }

  get writing(): number {
    return this.#writes.used;
  }

  /** Runs `work` when there is room for it. */
  async run<T>(user: User, info: RequestInfo, work: () => Promise<T>): Promise<T> {
    if (isExempt(user, info)) return work();
    const lane = READS.has(info.verb) ? this.#reads : this.#writes;
    if (lane.used >= lane.max && !(await this.#wait(lane)))
      throw new TooManyRequests('Too many requests, please try again later.', { details: { retryAfterSeconds: 1 } });
    lane.used++;
    try {
      return await work();
    } finally {
      lane.used--;
      lane.waiting.shift()?.(true);
    }
  }

  #wait(lane: Lane): Promise<boolean> {
    if (lane.waiting.length >= this.#options.maxQueue) return Promise.resolve(false);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        lane.waiting = lane.waiting.filter((other) => other !== admit);
        resolve(false);
      }, this.#options.maxWaitMs);
      const admit = (admitted: boolean): void => {
        clearTimeout(timer);
        resolve(admitted);
      };
      lane.waiting.push(admit);
    });
  }
}

const isExempt = (user: User, info: RequestInfo): boolean =>
  info.verb === 'watch' ||
  (info.type === 'path' && !info.path.startsWith('/openapi')) ||
  (info.type === 'resource' && LONG.has(info.subresource)) ||
  EXEMPT_USERS.test(user.username) ||
  EXEMPT_GROUPS.some((group) => user.groups.includes(group));
