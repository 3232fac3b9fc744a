/**
 * The scheduler: takes waiting pods one by one, decides (schedule-pod.ts), assumes the pod on its node at once and binds it in the
 * background. What cannot be placed is parked until a change may help, and tells why. One decision at a time, many bindings under way.
 */
import { setMaxListeners } from 'node:events';
import { Conflict, NotFound } from '@mkube/apimachinery';
import { type Client, type Clock, type EventRecorder, type Log, createEventRecorder, systemClock } from '@mkube/client';
import { followCluster } from './cluster-changes.ts';
import type { ClusterEvent } from './cluster-event.ts';
import { type FitError, fitMessage, rejectedBy } from './fit-error.ts';
import { type Informers, createInformers, informersSynced, lookupsOf, runInformers } from './informers.ts';
import { allPlugins } from './plugins/all.ts';
import { claimNamesOf, waitsForNode } from './plugins/volume-binding.ts';
import { PodWrites, SCHEDULER } from './pod-writes.ts';
import { type PreemptionPlan, planPreemption } from './preemption.ts';
import { type Entry, SchedulingQueue } from './queue.ts';
import { schedulePod } from './schedule-pod.ts';
import type { NodeInfo } from './snapshot/node-info.ts';
import type { PodInfo } from './snapshot/pod-info.ts';
import { Snapshot } from './snapshot.ts';

export interface SchedulerOptions {
  client: Client;
  log: Log;
  clock?: Clock;
  random?: () => number;
}

export interface Scheduler {
  /** Schedules until the signal aborts, then ends what it has begun. */
  run(signal: AbortSignal): Promise<void>;
}

/** Decisions before others get a turn; bindings under way at a time. */
const DECISIONS_PER_TURN = 32;
const MOST_BINDINGS = 512;
const MOST_EVENTS = 100;
const LEFTOVERS = { everyMs: 30_000, olderThanMs: 300_000 };
const VOLUMES_BOUND_WITHIN_MS = 600_000;

export const createScheduler = (options: SchedulerOptions): Scheduler => ({
  run(signal) {
    const own = AbortSignal.any([signal]);
    setMaxListeners(0, own); // every binding under way listens to it
    return new SchedulerRun({ clock: systemClock, random: Math.random, ...options }, own).run();
  },
});

class SchedulerRun {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #signal: AbortSignal;
  readonly #informers: Informers;
  readonly #snapshot: Snapshot;
  readonly #queue: SchedulingQueue;
  readonly #recorder: EventRecorder;
  readonly #writes: PodWrites;
  readonly #bindings = new Set<Promise<void>>();
  #events: ClusterEvent[] = [];
  #isStarted = false;
  #isTurnSet = false;
  #nextNode = 0;

  constructor(options: Required<SchedulerOptions>, signal: AbortSignal) {
    const { client, log, clock, random } = options;
    this.#log = log;
    this.#clock = clock;
    this.#random = random;
    this.#signal = signal;
    this.#informers = createInformers({ client, log, clock, random });
    this.#snapshot = new Snapshot(lookupsOf(this.#informers));
    this.#queue = new SchedulingQueue({ clock, onReady: () => this.#setTurn() });
    this.#recorder = createEventRecorder(client, { component: SCHEDULER, clock, log, signal });
    this.#writes = new PodWrites({ client, recorder: this.#recorder, clock, log, signal });
  }

  async run(): Promise<void> {
    followCluster({
      informers: this.#informers,
      snapshot: this.#snapshot,
      queue: this.#queue,
      onEvent: (event) => this.#onEvent(event),
    });
    const informing = runInformers(this.#informers, this.#signal);
    await informersSynced(this.#informers, this.#signal).catch(() => {}); // aborted before anything was known
    const cancelLeftovers = this.#watchLeftovers();
    this.#isStarted = true;
    this.#setTurn();
    await informing;
    cancelLeftovers();
    this.#queue.close();
    await Promise.all([...this.#bindings, this.#writes.settled()]);
    await this.#recorder.flush();
  }

  #setTurn(): void {
    if (this.#isTurnSet || !this.#isStarted || this.#signal.aborted) return;
    this.#isTurnSet = true;
    setImmediate(() => {
      this.#isTurnSet = false;
      this.#takeTurn();
    });
  }

  #takeTurn(): void {
    if (this.#signal.aborted) return;
    this.#wakeParked();
    for (let i = 0; i < DECISIONS_PER_TURN; i++) {
      if (this.#bindings.size >= MOST_BINDINGS) return; // the next one that ends sets the turn
      const entry = this.#queue.pop();
      if (!entry) return;
      this.#decide(entry);
    }
    this.#setTurn();
  }

  #decide(entry: Entry): void {
    const snapshot = this.#snapshot;
    const options = { snapshot, plugins: allPlugins, random: this.#random };
    try {
      const decision = schedulePod(entry.pod, { ...options, start: this.#nextNode });
      this.#nextNode = (this.#nextNode + decision.examined) % Math.max(1, snapshot.nodes.length);
      if ('failure' in decision) this.#fail(entry, decision.failure);
      else this.#assume(entry, decision.node);
    } catch (err) {
      this.#log.error({ err, pod: entry.pod.key }, 'a pod could not be decided on');
      this.#queue.retry(entry);
    }
  }

  #assume(entry: Entry, node: NodeInfo): void {
    const { pod } = entry;
    this.#snapshot.forgetNomination(pod.key);
    this.#snapshot.placePod(pod, node.name);
    const binding = this.#bind(entry, node.name).finally(() => {
      this.#bindings.delete(binding);
      this.#setTurn();
    });
    this.#bindings.add(binding);
  }

  async #bind(entry: Entry, node: string): Promise<void> {
    const { pod } = entry.pod;
    try {
      await this.#bindVolumes(entry, node);
      await this.#writes.bind(pod, node);
    } catch (err) {
      if (this.#signal.aborted) return;
      this.#forget(entry);
      // Gone, or placed by another: the informer will say so, and takes it from the queue.
      if (err instanceof NotFound || err instanceof Conflict) return this.#queue.retry(entry);
      const why = err instanceof Error ? err.message : String(err);
      this.#log.warn({ err, pod: entry.pod.key, node }, 'a pod could not be bound');
      this.#writes.reportFailure(pod, { reason: 'SchedulerError', message: `binding rejected: ${why}` });
      this.#queue.retry(entry);
    }
  }

  /** Takes an assumption back, unless the API has meanwhile confirmed or replaced it. */
  #forget({ pod }: Entry): void {
    const placed = this.#snapshot.placed(pod.key);
    if (placed?.pod.uid !== pod.uid || placed.pod.pod.spec.nodeName) return;
    this.#snapshot.removePod(pod.key);
    this.#onEvent({ kind: 'podRemoved', pod });
  }

  async #bindVolumes({ pod: { pod } }: Entry, node: string): Promise<void> {
    const { namespace } = pod.metadata;
    const { claims } = this.#informers;
    const { lookups } = this.#snapshot;
    const waiting = claimNamesOf(pod).filter((name) => {
      const claim = lookups.claim(namespace, name);
      return claim && waitsForNode(claim, lookups);
    });
    if (waiting.length === 0) return;
    for (const name of waiting) await this.#writes.selectNode({ namespace, name }, node);
    const areBound = (): boolean => waiting.every((name) => lookups.claim(namespace, name)?.spec.volumeName);
    if (!(await claims.until(areBound, VOLUMES_BOUND_WITHIN_MS)))
      throw new Error(`the claims ${waiting.join(', ')} were not bound within 10 minutes`);
  }

  #fail(entry: Entry, failure: FitError): void {
    const { pod } = entry;
    const plan = failure.nodes > 0 ? this.#planPreemption(pod, failure) : undefined;
    const made = plan && 'victims' in plan ? plan : undefined;
    const why = plan && 'why' in plan ? ` preemption: ${plan.why}` : '';
    const nominatedNodeName = made ? made.node.name : plan && 'waits' in plan ? undefined : '';
    if (nominatedNodeName) this.#snapshot.nominate(pod, nominatedNodeName);
    else if (nominatedNodeName === '') this.#snapshot.forgetNomination(pod.key);
    this.#queue.park(entry, rejectedBy(failure));
    this.#writes.reportFailure(pod.pod, {
      reason: 'Unschedulable',
      message: fitMessage(failure) + why,
      nominatedNodeName,
    });
    if (made) this.#evict(entry, made);
  }

  #planPreemption(pod: PodInfo, failure: FitError): PreemptionPlan {
    return planPreemption(pod, failure, {
      snapshot: this.#snapshot,
      plugins: allPlugins,
      random: this.#random,
      budgets: this.#informers.budgets.lister.list(),
    });
  }

  #evict(entry: Entry, { node, victims }: { node: NodeInfo; victims: readonly PodInfo[] }): void {
    const evictions = victims.map((victim) => this.#writes.evict(victim, { by: entry.pod, node: node.name }));
    Promise.all(evictions).catch((err: unknown) => {
      this.#log.warn({ err, pod: entry.pod.key }, 'a victim could not be evicted');
      this.#snapshot.forgetNomination(entry.pod.key);
      this.#queue.wake((parked) => parked === entry);
    });
  }

  #onEvent(event: ClusterEvent): void {
    if (this.#queue.parked === 0) return;
    if (this.#events.length < MOST_EVENTS) this.#events.push(event);
    this.#setTurn();
  }

  /** Once per turn for all that has happened; after very many changes everybody may try. */
  #wakeParked(): void {
    const events = this.#events;
    if (events.length === 0) return;
    this.#events = [];
    const all = events.length >= MOST_EVENTS;
    this.#queue.wake(
      (entry) => all || entry.rejectedBy.size === 0 || events.some((event) => this.#mayHelp(entry, event)),
    );
  }

  #mayHelp({ pod, rejectedBy: names }: Entry, event: ClusterEvent): boolean {
    return allPlugins.some(({ name, wakes }) => names.has(name) && wakes?.(pod, event, this.#snapshot));
  }

  /** Whoever has waited for minutes tries again in any case, should a change have been misjudged. */
  #watchLeftovers(): () => void {
    const { everyMs, olderThanMs } = LEFTOVERS;
    let cancel = (): void => {};
    const look = (): void => {
      const before = this.#clock.monotonic() - olderThanMs;
      this.#queue.wake(({ failedAt }) => failedAt <= before);
      cancel = this.#clock.after(everyMs, look);
    };
    cancel = this.#clock.after(everyMs, look);
    return () => cancel();
  }
}
