/** Keeps one pod of a DaemonSet on every node that it belongs on, and replaces them when the template changes. */
import { isDeepStrictEqual } from 'node:util';
import { type DaemonSet, type Node, type Pod } from '@mkube/api';
import { isDeleting, keyOf, selectorOf } from '@mkube/apimachinery';
import { type Controller, createBackoff, watch, watchChanges, type Backoff } from '@mkube/client';
import type { ControllerContext } from '../context.ts';
import { byController, candidatesOf, claim, controlledBy } from '../owned/claim.ts';
import { ownerKeys } from '../owned/keys.ts';
import { createPods, deletePods } from '../owned/pod-control.ts';
import {
  REVISION_HASH,
  deleteRevisions,
  ensureRevision,
  hashOfRevision,
  surplusRevisions,
} from '../owned/revisions.ts';
import { nextAvailableIn } from '../replicaset/plan.ts';
import { daemonPod } from './nodes.ts';
import { type DaemonPlan, daemonSetStatus, planDaemonSet } from './plan.ts';

export function daemonSetController(context: ControllerContext): Controller {
  const { client, clock, events } = context;
  const daemonSets = context.informer('daemonSets');
  const nodes = context.informer('nodes');
  const pods = context.informer('pods', byController);
  const revisions = context.informer('controllerRevisions', byController);
  const patience = new Patience(context);
  return {
    name: 'daemonset',
    watches: [
      watch(daemonSets),
      watch(
        pods,
        ownerKeys({
          kind: 'DaemonSet',
          owners: daemonSets.lister,
          selectorOf: ({ spec }) => selectorOf(spec.selector),
        }),
      ),
      watch(
        revisions,
        ownerKeys({
          kind: 'DaemonSet',
          owners: daemonSets.lister,
          selectorOf: ({ spec }) => selectorOf(spec.selector),
        }),
      ),
      watchChanges(nodes, (node, old) =>
        old && !matters(node, old) ? [] : daemonSets.lister.list().map((ds) => keyOf(ds)),
      ),
    ],
    async reconcile(key, signal) {
      const daemonSet = daemonSets.lister.get(key);
      if (!daemonSet) return undefined;
      const selector = selectorOf(daemonSet.spec.selector);
      if (selector.empty) {
        events.event(
          daemonSet,
          'Warning',
          'SelectingAll',
          'This daemon set is selecting all pods. A non-empty selector is required.',
        );
        return undefined;
      }
      const candidates = candidatesOf(pods.lister, daemonSet);
      const owned = await claim({
        owner: daemonSet,
        selector,
        candidates,
        objects: client.pods,
        owners: client.daemonSets,
        signal,
      });
      if (isDeleting(daemonSet)) return undefined;
      const history = controlledBy(revisions.lister, daemonSet);
      const current = await ensureRevision({
        owner: daemonSet,
        revisions: history,
        hashLabel: REVISION_HASH,
        client,
        signal,
      });
      const hash = hashOfRevision(current, daemonSet);
      const facts = { daemonSet, nodes: nodes.lister.list(), pods: owned, hash, now: clock.now() };
      const { failure, wait } = await act(daemonSet, planDaemonSet(facts), { hash, signal });
      await forget(daemonSet, { owned, history, hash, signal });
      const status = daemonSetStatus(facts);
      if (!isDeepStrictEqual(status, daemonSet.status))
        await client.daemonSets.updateStatus({ ...daemonSet, status }, { signal });
      if (failure) throw failure;
      const soonest = [wait, nextAvailableIn(owned, daemonSet.spec.minReadySeconds ?? 0, clock.now())].filter(
        (ms) => ms !== undefined,
      );
      return soonest.length > 0 ? { requeueAfter: Math.min(...soonest) } : undefined;
    },
  };

  async function act(daemonSet: DaemonSet, plan: DaemonPlan, { hash, signal }: { hash: string; signal: AbortSignal }) {
    const control = { client, events, signal };
    let wait: number | undefined;
    for (const { pod, nodeName } of plan.ended) {
      const left = patience.left(`${daemonSet.metadata.uid}/${nodeName}`);
      if (left > 0) {
        wait = Math.min(wait ?? left, left);
        continue;
      }
      const [reason, word, type] =
        pod.status.phase === 'Failed'
          ? (['FailedDaemonPod', 'failed', 'Warning'] as const)
          : (['SucceededDaemonPod', 'succeeded', 'Normal'] as const);
      const what = reason === 'FailedDaemonPod' ? 'kill' : 'delete';
      events.event(
        daemonSet,
        type,
        reason,
        `Found ${word} daemon pod ${keyOf(pod)} on node ${nodeName}, will try to ${what} it`,
      );
      plan.delete.push(pod);
    }
    const created = await createPods(
      daemonSet,
      plan.create.map((nodeName) => daemonPod(daemonSet, { nodeName, hash })),
      control,
    );
    const deleted = await deletePods(daemonSet, plan.delete, control);
    return { failure: created ?? deleted, wait };
  }

  async function forget(
    daemonSet: DaemonSet,
    {
      owned,
      history,
      hash,
      signal,
    }: { owned: Pod[]; history: Parameters<typeof deleteRevisions>[0]; hash: string; signal: AbortSignal },
  ) {
    const used = new Set([hash, ...owned.map(({ metadata }) => metadata.labels?.[REVISION_HASH])]);
    const limit = daemonSet.spec.revisionHistoryLimit ?? 10;
    const surplus = surplusRevisions(history, {
      limit,
      inUse: (revision) => used.has(hashOfRevision(revision, daemonSet)),
    });
    await deleteRevisions(surplus, { client, signal });
  }
}

/** What decides whether a daemon belongs on a node. */
const matters = (node: Node, old: Node): boolean =>
  !isDeepStrictEqual(node.metadata.labels, old.metadata.labels) ||
  !isDeepStrictEqual(node.spec.taints, old.spec.taints);

/** A daemon that fails again and again on a node is made again ever more slowly. */
class Patience {
  readonly #context: ControllerContext;
  readonly #places = new Map<string, { backoff: Backoff; until: number; last: number }>();

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  /** Milliseconds until the place may have another try; 0 grants it, and counts it. */
  left(place: string): number {
    const now = this.#context.clock.monotonic();
    const known = this.#places.get(place);
    if (known && now < known.until) return known.until - now;
    const isStale = known && now - known.last > 1_800_000;
    const backoff =
      known && !isStale
        ? known.backoff
        : createBackoff({ baseMs: 1000, maxMs: 900_000, random: this.#context.random, jitter: 0 });
    this.#places.set(place, { backoff, until: now + backoff.next(), last: now });
    for (const [key, { last }] of this.#places) if (now - last > 3_600_000) this.#places.delete(key);
    return 0;
  }
}
