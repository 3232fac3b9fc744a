/** Every 20 seconds, and when a node goes: force-deletes the pods that planPodGc finds. */
import { type Pod, isPodTerminal } from '@mkube/api';
import { NotFound, formatTime, isDeleting, keyOf } from '@mkube/apimachinery';
import { type Controller, watchChanges } from '@mkube/client';
import type { ControllerContext } from '../context.ts';
import { byNode } from '../nodelifecycle/controller.ts';
import { ignoreNotFound } from '../owned/claim.ts';
import { type Garbage, planPodGc } from './plan.ts';

const ROUND = '*';
const PERIOD_MS = 20_000;
/** A node that registers anew under its name gets this long before its pods are taken for orphans. */
const QUARANTINE_MS = 40_000;

const STATE = 'state';
const ENDED = 'ended';
const GOING = 'going';
const byState = {
  [STATE]: (pod: Pod) => [...(isPodTerminal(pod) ? [ENDED] : []), ...(isDeleting(pod) ? [GOING] : [])],
};

export function podGcController(context: ControllerContext): Controller {
  const { client, clock, flags } = context;
  const pods = context.informer('pods', { ...byNode, ...byState });
  const nodes = context.informer('nodes');
  const missingSince = new Map<string, number>();
  return {
    name: 'pod-garbage-collector',
    watches: [
      watchChanges(nodes, (node, old) => (!old && !nodes.lister.get(node.metadata.name) ? ROUND : undefined)),
      watchChanges(pods, (pod, old) =>
        old && pod.metadata.deletionTimestamp && !pod.spec.nodeName ? ROUND : undefined,
      ),
    ],
    startKeys: [ROUND],
    async reconcile(_, signal) {
      const vanished = await vanishedNodes(signal);
      const threshold = flags.terminatedPodGcThreshold;
      const garbage = planPodGc({
        pods: doubtful(vanished, threshold),
        nodeOf: (name) => nodes.lister.get(name),
        vanished,
        threshold,
      });
      for (const item of garbage) await collect(item, signal);
      return { requeueAfter: PERIOD_MS };
    },
  };

  /** Pods that may be garbage: those that went or are going, and those of lost nodes. The others are not even read. */
  function doubtful(vanished: ReadonlySet<string>, threshold: number): Pod[] {
    const ended = threshold > 0 && pods.lister.count(STATE, ENDED) > threshold ? pods.lister.by(STATE, ENDED) : [];
    const lost = [...vanished].flatMap((name) => pods.lister.by('node', name));
    const all = [...ended, ...lost, ...pods.lister.by(STATE, GOING)];
    return [...new Map(all.map((pod) => [keyOf(pod), pod])).values()];
  }

  async function vanishedNodes(signal: AbortSignal): Promise<Set<string>> {
    const missing = [...pods.lister.values('node')].filter((name) => name && !nodes.lister.get(name));
    for (const name of missingSince.keys()) if (!missing.includes(name)) missingSince.delete(name);
    const now = clock.monotonic();
    const vanished = new Set<string>();
    for (const name of missing) {
      if (!missingSince.has(name)) missingSince.set(name, now);
      const isLong = now - (missingSince.get(name) ?? now) >= QUARANTINE_MS;
      if (isLong && (await isGone(name, signal))) vanished.add(name);
    }
    return vanished;
  }

  /** The cache might be behind: the API has the last word. */
  async function isGone(name: string, signal: AbortSignal): Promise<boolean> {
    try {
      await client.nodes.get({ name }, { signal });
      return false;
    } catch (error) {
      if (error instanceof NotFound) return true;
      throw error;
    }
  }

  async function collect({ pod, message }: Garbage, signal: AbortSignal): Promise<void> {
    const { metadata } = pod;
    if (message && !isPodTerminal(pod)) {
      const lastTransitionTime = formatTime(clock.now());
      const condition = {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'DeletionByPodGC',
        message,
        lastTransitionTime,
      };
      const patch = { metadata: { uid: metadata.uid }, status: { phase: 'Failed', conditions: [condition] } };
      await client.pods.patch(metadata, 'strategic', patch, { subresource: 'status', signal }).catch(ignoreNotFound);
    }
    await client.pods
      .delete(metadata, { signal, gracePeriodSeconds: 0, preconditions: { uid: metadata.uid } })
      .catch(ignoreNotFound);
  }
}
