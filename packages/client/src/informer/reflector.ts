/**
 * Keeps a sink equal to what the API holds: the whole state once, then changes. One stream does both where the server
 * knows watch-list; else a list and a watch. What the stream breaks on decides how to go on: an end → watch again from
 * the last revision; 410 → the whole state again; anything else → the same after a pause.
 */
import { Expired, Gone, type KubernetesObject, StatusError } from '@mkube/apimachinery';
import { createBackoff } from '../backoff.ts';
import type { ResourceClient, WatchEvent } from '../client.ts';
import { type Clock, pause } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Held } from '../transport.ts';
import { Turns } from '../turns.ts';
import { Kept } from './held.ts';
import type { InformerScope } from './scope.ts';

export interface ReflectorSink<T> {
  /** The whole state follows, object by object, then its end: what was not among it is gone. A new beginning starts over. */
  beginState(): void;
  put(held: Held<T>): void;
  endState(resourceVersion: string): void;
  apply(event: WatchEvent<T>): void;
}

export interface ReflectorOptions<T extends KubernetesObject> {
  resource: ResourceClient<T>;
  scope: InformerScope;
  clock: Clock;
  random: () => number;
  log: Log;
  sink: ReflectorSink<T>;
  signal: AbortSignal;
}

const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

interface Position {
  /** Where to go on from; undefined: the whole state is needed. */
  resourceVersion: string | undefined;
  watchList: boolean;
}

export async function runReflector<T extends KubernetesObject>(options: ReflectorOptions<T>): Promise<void> {
  const { clock, random, log, resource, signal } = options;
  const backoff = createBackoff({ baseMs: 100, maxMs: 3_000, random });
  const position: Position = { resourceVersion: undefined, watchList: true };
  while (!signal.aborted) {
    const startedAt = clock.monotonic();
    try {
      await follow(options, position);
      // A server that ends watches at once must not be asked in a tight loop.
      if (clock.monotonic() - startedAt < 1000) await pause(clock, backoff.next(), signal);
      else backoff.reset();
    } catch (err) {
      if (signal.aborted) return;
      if (clock.monotonic() - startedAt > 10_000) backoff.reset();
      const retryNow = recover(err, position);
      if (retryNow) continue;
      log.warn({ err, resource: resource.ref.resource }, 'watching failed; trying again');
      await pause(clock, backoff.next(), signal);
    }
  }
}

/** Sets the position to go on from; true where nothing needs to be waited for. */
function recover(err: unknown, position: Position): boolean {
  if (err instanceof Expired || err instanceof Gone) {
    const first = position.resourceVersion !== undefined;
    position.resourceVersion = undefined;
    return first;
  }
  if (position.resourceVersion === undefined && position.watchList && refusesWatchList(err)) {
    position.watchList = false;
    return true;
  }
  return false;
}

const refusesWatchList = (err: unknown): boolean =>
  err instanceof StatusError && [400, 405, 406, 415, 422].includes(err.code);

async function follow<T extends KubernetesObject>(options: ReflectorOptions<T>, position: Position): Promise<void> {
  if (position.resourceVersion === undefined && position.watchList) return followWatchList(options, position);
  const { resource, scope, sink, signal } = options;
  if (position.resourceVersion === undefined) {
    const list = await resource.list({ ...scope, signal });
    sink.beginState();
    for (const item of list.items) sink.put(new Kept(withType(resource)(item)));
    sink.endState(list.metadata.resourceVersion ?? '0');
    position.resourceVersion = list.metadata.resourceVersion ?? '0';
  }
  const { resourceVersion } = position;
  const events = resource.watch({ ...scope, signal, resourceVersion, allowWatchBookmarks: true, ...timeout(options) });
  const turns = new Turns();
  for await (const event of events) {
    take(event, sink, position);
    if (turns.isOver) await turns.next();
  }
}

async function followWatchList<T extends KubernetesObject>(
  options: ReflectorOptions<T>,
  position: Position,
): Promise<void> {
  const { resource, scope, sink, signal } = options;
  const turns = new Turns();
  let isInitial = true;
  sink.beginState();
  for await (const event of resource.watch({ ...scope, signal, sendInitialEvents: true, ...timeout(options) })) {
    if (turns.isOver) await turns.next();
    if (!isInitial) take(event, sink, position);
    else if (event.type === 'ADDED') sink.put(heldOf(event));
    else if (event.type === 'BOOKMARK' && event.object.metadata.annotations?.[INITIAL_EVENTS_END] === 'true') {
      sink.endState(event.object.metadata.resourceVersion);
      position.resourceVersion = event.object.metadata.resourceVersion;
      isInitial = false;
    }
  }
}

function take<T extends KubernetesObject>(event: WatchEvent<T>, sink: ReflectorSink<T>, position: Position): void {
  sink.apply(event);
  position.resourceVersion = resourceVersionOf(event);
}

/** Reads no object that need not be read. */
export const resourceVersionOf = <T extends KubernetesObject>(event: WatchEvent<T>): string =>
  event.held?.resourceVersion ?? event.object.metadata.resourceVersion;

/** An object that came as bytes is kept as it is. */
export const heldOf = <T extends KubernetesObject>(event: WatchEvent<T>): Held<T> =>
  event.held ?? new Kept(event.object);

/** Five to ten minutes, as client-go: connections are spread out and dead ones noticed. */
const timeout = ({ random }: { random: () => number }) => ({ timeoutSeconds: Math.round(300 * (1 + random())) });

/** Items of built-in lists carry neither apiVersion nor kind; events do, and users rely on them. */
const withType =
  <T extends KubernetesObject>({ ref }: ResourceClient<T>) =>
  (item: T): T =>
    item.kind ? item : { ...item, kind: ref.kind, apiVersion: ref.group ? `${ref.group}/${ref.version}` : ref.version };
