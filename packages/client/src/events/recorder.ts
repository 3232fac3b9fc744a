/**
 * Records what happened to an object as core/v1 Events: in the background, in order, never failing whoever records.
 * What is repeated or too much is decided in correlate.ts.
 */
import type { Event, ObjectReference } from '@mkube/api';
import { type KubernetesObject, NotFound, StatusError, formatTime } from '@mkube/apimachinery';
import type { Client } from '../client.ts';
import { type Clock, pause, systemClock } from '../clock.ts';
import { type Log, silentLog } from '../log.ts';
import { type Correlated, EventCorrelator } from './correlate.ts';

export interface EventRecorder {
  /** `subject` is an object with its kind, or a reference (with a fieldPath, say); `at` is when it happened, if not now. */
  event(
    subject: KubernetesObject | ObjectReference,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
    at?: Date,
  ): void;
  /** When everything recorded so far has been written or given up. */
  flush(): Promise<void>;
}

export interface EventRecorderOptions {
  component: string;
  host?: string;
  clock?: Clock;
  log?: Log;
  /** No more tries after this. */
  signal?: AbortSignal;
}

const MOST_PENDING = 1000;
const MOST_TRIES = 12;
const MESSAGE_BYTES = 1024;

export function createEventRecorder(client: Pick<Client, 'events'>, options: EventRecorderOptions): EventRecorder {
  const { clock = systemClock, log = silentLog, signal = new AbortController().signal } = options;
  const correlator = new EventCorrelator(clock);
  let pending = 0;
  let told = Number(process.hrtime.bigint() % 500_000n); // others tell of the same objects
  let last = Promise.resolve();
  return {
    event(subject, type, reason, message, at = clock.now()) {
      if (pending >= MOST_PENDING || signal.aborted) return;
      const event = eventOf(referenceOf(subject), { type, reason, message, now: at, number: told++, options });
      pending++;
      last = last.then(async () => {
        await write({ client, clock, log, signal }, correlator.correlate(event));
        pending--;
      });
    },
    flush: () => last,
  };
}

interface Deps {
  client: Pick<Client, 'events'>;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}

async function write({ client, clock, log, signal }: Deps, what: Correlated): Promise<void> {
  if (what.action === 'drop') return;
  for (let tries = 1; !signal.aborted; tries++) {
    try {
      what.remember(await send(client, what, signal));
      return;
    } catch (err) {
      // An answer will be the same next time; no answer may be one later.
      if (err instanceof StatusError || tries >= MOST_TRIES) {
        log.debug({ err, reason: what.event.reason }, 'an event could not be recorded');
        return;
      }
      await pause(clock, Math.min(500 * 2 ** tries, 10_000), signal);
    }
  }
}

async function send(
  client: Pick<Client, 'events'>,
  what: Exclude<Correlated, { action: 'drop' }>,
  signal: AbortSignal,
) {
  if (what.action === 'create') return client.events.create(what.event, { signal });
  const { count, lastTimestamp, message } = what.event;
  try {
    return await client.events.patch(what.seen.metadata, 'strategic', { count, lastTimestamp, message }, { signal });
  } catch (err) {
    if (err instanceof NotFound) return client.events.create(what.event, { signal }); // it has lived its hour
    throw err;
  }
}

interface Happening {
  type: string;
  reason: string;
  message: string;
  now: Date;
  /** Of this recorder's events. */
  number: number;
  options: EventRecorderOptions;
}

function eventOf(involvedObject: ObjectReference, { type, reason, message, now, number, options }: Happening): Event {
  const at = formatTime(now);
  const { component, host = '' } = options;
  const namespace = involvedObject.namespace || 'default';
  return {
    kind: 'Event',
    apiVersion: 'v1',
    metadata: { name: nameOf(involvedObject, now, number), namespace } as Event['metadata'],
    involvedObject,
    reason,
    message: message.length > MESSAGE_BYTES ? `${message.slice(0, MESSAGE_BYTES - 3)}...` : message,
    source: { component, ...(host && { host }) },
    firstTimestamp: at,
    lastTimestamp: at,
    count: 1,
    type,
    reportingComponent: component,
    reportingInstance: host,
  };
}

/** The object's name and the time in hex, as client-go. A millisecond may hold many, which stay in their order: lists show them by name. */
function nameOf({ name = '' }: ObjectReference, now: Date, number: number): string {
  const nanos = BigInt(now.getTime()) * 1_000_000n + BigInt(number % 1_000_000);
  return `${name}.${nanos.toString(16)}`;
}

function referenceOf(subject: KubernetesObject | ObjectReference): ObjectReference {
  if (!('metadata' in subject)) return subject;
  const { kind, apiVersion, metadata } = subject;
  const { name, namespace, uid, resourceVersion } = metadata;
  return { kind, apiVersion, name, uid, resourceVersion, ...(namespace && { namespace }) };
}
