/**
 * The pods of this node, from the API: a watch, and beside it a full list every sync period, since a watch can fall silent.
 * While the watch is down there is a list every second. Whoever listens hears of newer objects only, in order.
 */
import type { Pod } from '@mkube/api';
import { Expired, Gone } from '@mkube/apimachinery';
import { type Client, type Clock, pause } from '@mkube/client';
import type { Logger } from 'pino';
import { withDeadline } from '../deadline.ts';

export interface PodSink {
  upsert(pod: Pod): void;
  remove(pod: Pod): void;
  /** The first full list has been told. */
  synced(): void;
}

export interface PodSourceOptions {
  client: Client;
  nodeName: string;
  sink: PodSink;
  syncPeriodMs: number;
  clock: Clock;
  random: () => number;
  log: Logger;
  signal: AbortSignal;
}

const RETRY_MS = 1000;
const LIST_DEADLINE_MS = 30_000;

export async function runPodSource(options: PodSourceOptions): Promise<void> {
  const { clock, log, signal, random } = options;
  const known = new KnownPods(options.sink);
  let wasDown = false;
  while (!signal.aborted) {
    try {
      const from = await listOnce(options, known);
      if (wasDown) log.info({}, 'the API answers again');
      wasDown = false;
      await follow(options, known, from);
    } catch (error) {
      if (signal.aborted) return;
      const why = error instanceof Error ? error.message : String(error);
      if (!wasDown && !isExpired(error)) log.warn({ why }, 'lost the watch on pods: listing until it is back');
      wasDown = !isExpired(error);
      await pause(clock, RETRY_MS * (0.5 + random() * 0.5), signal);
    }
  }
}

const isExpired = (error: unknown): boolean => error instanceof Expired || error instanceof Gone;

async function listOnce({ client, nodeName, signal }: PodSourceOptions, known: KnownPods): Promise<string> {
  const list = await client.pods.list({
    fieldSelector: `spec.nodeName=${nodeName}`,
    signal: withDeadline(signal, LIST_DEADLINE_MS),
  });
  known.replace(list.items, list.metadata.resourceVersion ?? '0');
  return list.metadata.resourceVersion ?? '0';
}

/** Until the watch ends or fails, or a list shows that it has missed something. */
async function follow(options: PodSourceOptions, known: KnownPods, from: string): Promise<void> {
  const { client, nodeName, signal, random, syncPeriodMs, clock } = options;
  const end = new AbortController();
  const both = AbortSignal.any([signal, end.signal]);
  const polls = pollBeside(options, known, end);
  let resourceVersion = from;
  try {
    while (!both.aborted) {
      const events = client.pods.watch({
        fieldSelector: `spec.nodeName=${nodeName}`,
        resourceVersion,
        allowWatchBookmarks: true,
        timeoutSeconds: Math.ceil(300 + random() * 300),
        signal: both,
      });
      const begun = clock.monotonic();
      for await (const { type, object } of events) {
        resourceVersion = object.metadata.resourceVersion;
        known.apply(type, object);
      }
      // a server that ends every watch at once is no reason to spin
      if (clock.monotonic() - begun < RETRY_MS) await pause(clock, Math.min(RETRY_MS, syncPeriodMs), both);
    }
  } finally {
    end.abort();
    await polls;
  }
}

async function pollBeside(options: PodSourceOptions, known: KnownPods, end: AbortController): Promise<void> {
  const { clock, syncPeriodMs, random, log } = options;
  const signal = AbortSignal.any([options.signal, end.signal]);
  let misses = 0;
  while (!signal.aborted) {
    await pause(clock, syncPeriodMs * (0.9 + random() * 0.2), signal);
    if (signal.aborted) return;
    misses = (await foundMore({ ...options, signal }, known)) ? misses + 1 : 0;
    // one may be a race with the watch, two are not
    if (misses < 2) continue;
    log.warn({}, 'the watch on pods has fallen silent: opening it again');
    end.abort();
  }
}

/** True where the list told what the watch had not, or did not come at all. */
async function foundMore(options: PodSourceOptions, known: KnownPods): Promise<boolean> {
  const before = known.changes;
  try {
    await listOnce(options, known);
    return known.changes > before;
  } catch {
    return true;
  }
}

/** What has been told so far. A list older than what a watch has told changes nothing. */
class KnownPods {
  readonly #sink: PodSink;
  readonly #pods = new Map<string, Pod>();
  #isSynced = false;
  /** The last revision that the watch has told of. */
  #told = 0;
  changes = 0;

  constructor(sink: PodSink) {
    this.#sink = sink;
  }

  replace(pods: readonly Pod[], resourceVersion: string): void {
    if (Number(resourceVersion) < this.#told) return;
    const listed = new Set(pods.map(({ metadata }) => metadata.uid));
    for (const pod of this.#pods.values()) {
      const isOlder = revisionOf(pod) <= Number(resourceVersion);
      if (!listed.has(pod.metadata.uid) && isOlder) this.#remove(pod);
    }
    for (const pod of pods) this.#put(pod);
    if (!this.#isSynced) this.#sink.synced();
    this.#isSynced = true;
  }

  apply(type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK', pod: Pod): void {
    this.#told = Math.max(this.#told, revisionOf(pod));
    if (type === 'BOOKMARK') return;
    if (type === 'DELETED') this.#remove(pod);
    else this.#put(pod);
  }

  #put(pod: Pod): void {
    const before = this.#pods.get(pod.metadata.uid);
    if (before && revisionOf(before) >= revisionOf(pod)) return;
    this.#pods.set(pod.metadata.uid, pod);
    this.changes++;
    this.#sink.upsert(pod);
  }

  #remove(pod: Pod): void {
    if (!this.#pods.delete(pod.metadata.uid)) return;
    this.changes++;
    this.#sink.remove(pod);
  }
}

const revisionOf = ({ metadata }: Pod): number => Number(metadata.resourceVersion);
