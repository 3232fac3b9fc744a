/**
 * What becomes of an event, as client-go decides it: a repeated one raises a count, ten different messages for the same
 * reason within ten minutes become one combined event, and a source that floods one object is cut off (25 at once, then
 * one in five minutes). Holds what was seen lately; knows nothing of the API.
 */
import type { Event } from '@mkube/api';
import type { Clock } from '../clock.ts';
import { type TokenBucket, createTokenBucket } from '../workqueue/rate-limiter.ts';
import { BoundedMap } from './bounded-map.ts';

export type Correlated =
  | { action: 'create'; event: Event; remember: (created: Event) => void }
  | { action: 'patch'; event: Event; seen: Event; remember: (patched: Event) => void }
  | { action: 'drop' };

const MOST_KEYS = 4096;
const SIMILAR_MESSAGES = 10;
const SIMILAR_WINDOW_MS = 600_000;

interface Similar {
  messages: Set<string>;
  lastAt: number;
}

export class EventCorrelator {
  readonly #clock: Clock;
  readonly #buckets = new BoundedMap<string, TokenBucket>(MOST_KEYS);
  readonly #similar = new BoundedMap<string, Similar>(MOST_KEYS);
  readonly #seen = new BoundedMap<string, Event>(MOST_KEYS);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  correlate(given: Event): Correlated {
    const { event, key } = this.#combine(given);
    if (!this.#admits(event)) return { action: 'drop' };
    const remember = (stored: Event) => this.#seen.set(key, stored);
    const seen = this.#seen.get(key);
    if (!seen) return { action: 'create', event, remember };
    const counted = {
      ...event,
      firstTimestamp: seen.firstTimestamp,
      count: (seen.count ?? 1) + 1,
    };
    return { action: 'patch', event: counted, seen, remember };
  }

  #admits({ source, involvedObject: o }: Event): boolean {
    const key = [source.component, source.host, o.kind, o.namespace, o.name, o.uid, o.apiVersion].join('\0');
    let bucket = this.#buckets.get(key);
    if (!bucket)
      this.#buckets.set(key, (bucket = createTokenBucket({ clock: this.#clock, perSecond: 1 / 300, burst: 25 })));
    return bucket.tryTake();
  }

  #combine(event: Event): { event: Event; key: string } {
    const { source, involvedObject: o } = event;
    const shared = [source.component, source.host, o.kind, o.namespace, o.name, o.uid, o.apiVersion, o.fieldPath];
    const aggregate = [...shared, event.type, event.reason, event.reportingComponent, event.reportingInstance].join(
      '\0',
    );
    const full = `${aggregate}\0${event.message ?? ''}`;
    const now = this.#clock.monotonic();
    const known = this.#similar.get(aggregate);
    const similar =
      known && now - known.lastAt <= SIMILAR_WINDOW_MS ? known : { messages: new Set<string>(), lastAt: now };
    similar.lastAt = now;
    similar.messages.add(event.message ?? '');
    this.#similar.set(aggregate, similar);
    if (similar.messages.size < SIMILAR_MESSAGES) return { event, key: full };
    similar.messages.delete([...similar.messages][0] ?? '');
    return { event: { ...event, message: `(combined from similar events): ${event.message ?? ''}` }, key: aggregate };
  }
}
