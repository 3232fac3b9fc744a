/**
 * Deletes what has lost all its owners; strips the names of lost ones where others are left; carries out foreground
 * deletion (dependents first) and orphaning (dependents stay). Every decision to delete is taken on the object as the API
 * has it at that moment, with its uid as a precondition.
 */
import type { KubernetesObject, OwnerReference } from '@mkube/apimachinery';
import { type Client, type EventRecorder, type ResourceRef, type WorkQueue, pause, runController } from '@mkube/client';
import type { ControllerContext, Runnable } from '../context.ts';
import { ignoreNotFound } from '../owned/claim.ts';
import { type Entry, FOREGROUND, ORPHAN, OwnerGraph } from './graph.ts';
import { Monitors } from './monitors.ts';
import { type OwnerFinding, type OwnerState, blockersOf, verdictOn } from './plan.ts';

const REFRESH_MS = 30_000;

export function garbageCollector(context: ControllerContext): Runnable {
  const { clock, log } = context;
  const definitions = context.informer('customResourceDefinitions');
  return {
    name: 'garbage-collector',
    async run(signal) {
      const collector = new Collector(context);
      let wake = () => undefined as void;
      definitions.onChange({ add: () => wake(), update: () => wake(), delete: () => wake() });
      const reconcile = (uid: string, own: AbortSignal) => collector.collect(uid, own);
      const running = collector
        .start(signal)
        .then(() =>
          runController(
            { name: 'garbage-collector', watches: [], reconcile },
            { signal, clock, log, workers: 16, onQueue: (queue) => collector.attach(queue) },
          ),
        );
      while (!signal.aborted) {
        const woken = new AbortController();
        wake = () => woken.abort();
        await pause(clock, REFRESH_MS, AbortSignal.any([signal, woken.signal]));
        // A new definition is not served in the same instant.
        await pause(clock, 100, signal);
        if (!signal.aborted)
          await collector.refresh(signal).catch((err: unknown) => log.warn({ err }, 'discovery failed; trying again'));
      }
      await running;
    },
  };
}

class Collector {
  readonly #client: Client;
  readonly #events: EventRecorder;
  readonly #graph = new OwnerGraph();
  readonly #monitors: Monitors;
  readonly #context: ControllerContext;
  #queue: WorkQueue<string> | undefined;
  /** What wants looking at before there are workers. */
  #early = new Set<string>();

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#client = context.client;
    this.#events = context.events;
    this.#monitors = new Monitors(context, {
      changed: (ref, object) => this.#changed(ref, object),
      gone: (_, object) => this.#gone(object),
    });
  }

  /** Nothing is collected before everything has been seen once: an owner not seen yet is not one that is gone. */
  async start(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#monitors.refresh(signal);
        return await this.#monitors.synced(signal);
      } catch (err) {
        if (signal.aborted) return;
        this.#context.log.warn({ err }, 'the garbage collector cannot see everything yet; trying again');
        await pause(this.#context.clock, 1000, signal);
      }
    }
  }

  refresh(signal: AbortSignal): Promise<void> {
    return this.#monitors.refresh(signal);
  }

  attach(queue: WorkQueue<string>): void {
    this.#queue = queue;
    for (const uid of this.#early) queue.add(uid);
    this.#early.clear();
  }

  #enqueue(uid: string): void {
    if (this.#queue) this.#queue.add(uid);
    else this.#early.add(uid);
  }

  #changed(ref: ResourceRef, object: KubernetesObject): void {
    const entry = this.#graph.set(ref, object);
    if (entry.deleting ? entry.waitsForDependents || entry.orphans : this.#isDoubtful(entry)) this.#enqueue(entry.uid);
    if (entry.waitsForDependents) return;
    for (const { uid } of entry.owners) if (this.#graph.get(uid)?.waitsForDependents) this.#enqueue(uid);
  }

  #gone({ metadata }: KubernetesObject): void {
    const entry = this.#graph.delete(metadata.uid);
    for (const dependent of this.#graph.dependentsOf(metadata.uid)) this.#enqueue(dependent.uid);
    for (const { uid } of entry?.owners ?? []) if (this.#graph.get(uid)?.waitsForDependents) this.#enqueue(uid);
  }

  #isDoubtful({ owners }: Entry): boolean {
    return owners.some(({ uid }) => this.#graph.get(uid)?.waitsForDependents ?? true);
  }

  async collect(uid: string, signal: AbortSignal): Promise<void> {
    const entry = this.#graph.get(uid);
    if (!entry) return;
    if (entry.orphans) return this.#orphan(entry, signal);
    if (entry.waitsForDependents) return this.#release(entry, signal);
    if (entry.deleting || !this.#isDoubtful(entry)) return;
    const live = await this.#live(entry.ref, entry, signal);
    if (!live || live.metadata.uid !== uid || live.metadata.deletionTimestamp) return;
    const findings = await this.#findings(entry, live.metadata.ownerReferences ?? [], signal);
    if (!findings) return;
    const { finalizers = [] } = live.metadata;
    const verdict = verdictOn({ findings, dependents: this.#graph.dependentsOf(uid), finalizers });
    switch (verdict.action) {
      case 'keep':
        return;
      case 'disown':
        return this.#disown(entry.ref, live, verdict.uids, signal);
      case 'delete': {
        const current = verdict.unblock ? await this.#unblock(entry.ref, live, signal) : live;
        const preconditions = { uid, resourceVersion: current.metadata.resourceVersion };
        const options = { propagationPolicy: verdict.policy, preconditions, signal };
        await this.#client.resource(entry.ref).delete(entry, options).catch(ignoreNotFound);
      }
    }
  }

  #live(ref: ResourceRef, { name, namespace }: { name: string; namespace: string }, signal: AbortSignal) {
    return this.#client.metadata(ref).get({ name, namespace }, { signal }).catch(ignoreNotFound);
  }

  /** Undefined where an owner can never be resolved: then nothing may be concluded. */
  async #findings(
    entry: Entry,
    owners: readonly OwnerReference[],
    signal: AbortSignal,
  ): Promise<OwnerFinding[] | undefined> {
    const findings: OwnerFinding[] = [];
    for (const owner of owners) {
      const state = await this.#stateOf(entry, owner, signal);
      if (!state) return undefined;
      findings.push({ owner, state });
    }
    return findings;
  }

  async #stateOf(entry: Entry, owner: OwnerReference, signal: AbortSignal): Promise<OwnerState | undefined> {
    const known = this.#graph.get(owner.uid);
    if (known && (!known.namespace || known.namespace === entry.namespace))
      return known.waitsForDependents ? 'waiting' : 'solid';
    const ref = this.#monitors.resourceOf(owner);
    if (!ref) throw new Error(`the owner kind ${owner.kind} of ${owner.apiVersion} is not served`);
    if (known || (ref.namespaced && !entry.namespace)) this.#warnOfNamespace(entry, owner);
    if (ref.namespaced && !entry.namespace) return undefined;
    const live = await this.#live(ref, { name: owner.name, namespace: ref.namespaced ? entry.namespace : '' }, signal);
    if (live?.metadata.uid !== owner.uid) return 'dangling';
    return live.metadata.deletionTimestamp && live.metadata.finalizers?.includes(FOREGROUND) ? 'waiting' : 'solid';
  }

  #warnOfNamespace({ ref, name, namespace, uid }: Entry, owner: OwnerReference): void {
    const subject = {
      kind: ref.kind,
      apiVersion: ref.group ? `${ref.group}/${ref.version}` : ref.version,
      name,
      namespace,
      uid,
    };
    const text = `ownerRef [${owner.apiVersion}/${owner.kind}, namespace: ${namespace}, name: ${owner.name}, uid: ${owner.uid}] does not exist in namespace "${namespace}"`;
    this.#events.event(subject, 'Warning', 'OwnerRefInvalidNamespace', text);
  }

  async #disown(
    ref: ResourceRef,
    { metadata }: KubernetesObject,
    uids: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    const ownerReferences = (metadata.ownerReferences ?? []).filter(({ uid }) => !uids.includes(uid));
    await this.#patch(ref, metadata, { ownerReferences }, signal);
  }

  async #unblock(ref: ResourceRef, live: KubernetesObject, signal: AbortSignal): Promise<KubernetesObject> {
    const ownerReferences = (live.metadata.ownerReferences ?? []).map((owner) => ({
      ...owner,
      blockOwnerDeletion: false,
    }));
    return (await this.#patch(ref, live.metadata, { ownerReferences }, signal)) ?? live;
  }

  /** Foreground deletion: those that block are asked to go; when none is left, the finalizer goes. */
  async #release(entry: Entry, signal: AbortSignal): Promise<void> {
    const blockers = blockersOf(entry.uid, this.#graph.dependentsOf(entry.uid));
    for (const { uid, waitsForDependents } of blockers) if (!waitsForDependents) this.#enqueue(uid);
    if (blockers.length === 0) await this.#dropFinalizer(entry, FOREGROUND, signal);
  }

  async #orphan(entry: Entry, signal: AbortSignal): Promise<void> {
    for (const dependent of this.#graph.dependentsOf(entry.uid)) {
      const live = await this.#live(dependent.ref, dependent, signal);
      if (live?.metadata.uid === dependent.uid) await this.#disown(dependent.ref, live, [entry.uid], signal);
    }
    await this.#dropFinalizer(entry, ORPHAN, signal);
  }

  async #dropFinalizer(entry: Entry, finalizer: string, signal: AbortSignal): Promise<void> {
    const live = await this.#live(entry.ref, entry, signal);
    if (live?.metadata.uid !== entry.uid || !live.metadata.finalizers?.includes(finalizer)) return;
    const finalizers = live.metadata.finalizers.filter((name) => name !== finalizer);
    await this.#patch(entry.ref, live.metadata, { finalizers }, signal);
  }

  /** On exactly this revision; a race is a Conflict, and the next try sees what happened. */
  #patch(ref: ResourceRef, metadata: KubernetesObject['metadata'], change: object, signal: AbortSignal) {
    const { uid, resourceVersion } = metadata;
    const patch = { metadata: { uid, resourceVersion, ...change } };
    return this.#client.resource(ref).patch(metadata, 'merge', patch, { signal }).catch(ignoreNotFound);
  }
}
