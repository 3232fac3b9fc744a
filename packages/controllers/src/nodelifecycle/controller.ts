/**
 * Looks at every node each monitor period: one that is silent is marked Unknown and its pods not ready; taints follow the
 * conditions at once. Which pods then have to leave is the taint-eviction controller's to say.
 */
import { type Node, type NodeCondition, type Pod, isPodReady, nodeCondition } from '@mkube/api';
import { Conflict, formatTime } from '@mkube/apimachinery';
import { type Controller, type Requeue, watch } from '@mkube/client';
import type { ControllerContext } from '../context.ts';
import { ignoreNotFound } from '../owned/claim.ts';
import {
  type Eviction,
  type Health,
  evictionKey,
  isEvicting,
  observeHealth,
  plannedTaints,
  silentConditions,
} from './plan.ts';
import { Zones } from './zones.ts';

/** The key of the round over all nodes; no node can be called so. */
const ROUND = '*';

export function nodeLifecycleController(context: ControllerContext): Controller {
  const { client, clock, events, flags } = context;
  const nodes = context.informer('nodes');
  const leases = context.informer('leases');
  const pods = context.informer('pods', byNode);
  const healths = new Map<string, Health>();
  const zones = new Zones(clock, flags);
  return {
    name: 'node-lifecycle',
    watches: [watch(nodes)],
    startKeys: [ROUND],
    async reconcile(key, signal) {
      if (key === ROUND) return lookAtAll(signal);
      const node = nodes.lister.get(key);
      if (!node) healths.delete(key);
      // Evictions begin in rounds alone, when all nodes have been looked at.
      else await taint(node, isEvicting(node) || !evictionKey(node) ? evictionOf(node) : 'wait', signal);
      return undefined;
    },
  };

  /** First what each says, then what that means for all: who falls silent together is not evicted one by one. */
  async function lookAtAll(signal: AbortSignal): Promise<Requeue> {
    const seen: Node[] = [];
    for (const node of nodes.lister.list()) seen.push(await lookAt(node, signal));
    if (zones.observe(seen)) giveNewGrace();
    for (const node of seen) {
      const mustStop = zones.allDisrupted && isEvicting(node);
      if (mustStop || (evictionKey(node) && !isEvicting(node))) await taintSurely(node, evictionOf(node), signal);
    }
    return { requeueAfter: flags.nodeMonitorPeriod * 1000 };
  }

  /** Its turn is taken: a race with another writer must not lose it. */
  async function taintSurely(node: Node, eviction: Eviction, signal: AbortSignal): Promise<void> {
    try {
      await taint(node, eviction, signal);
    } catch (error) {
      ignoreConflict(error);
      const fresh = await client.nodes.get(node.metadata, { signal }).catch(ignoreNotFound);
      if (fresh) await taint(fresh, eviction, signal).catch(ignoreConflict);
    }
  }

  /** After a time in which we saw nothing at all, silence proves nothing. */
  function giveNewGrace(): void {
    for (const [name, health] of healths) healths.set(name, { ...health, seenAt: clock.monotonic() });
  }

  /** The node as it is after that. */
  async function lookAt(node: Node, signal: AbortSignal): Promise<Node> {
    const { name } = node.metadata;
    const lease = leases.lister.get({ namespace: 'kube-node-lease', name });
    const times = { now: clock.now(), monotonic: clock.monotonic() };
    const health = observeHealth({ node, lease, before: healths.get(name), ...times });
    healths.set(name, health);
    const conditions = silentConditions(node, health, { ...times, flags });
    if (conditions) return (await silence(node, conditions, signal).catch(ignoreConflict)) ?? node;
    if (nodeCondition(node, 'Ready')?.status === 'Unknown') await markPodsNotReady(name, signal);
    return node;
  }

  async function silence(node: Node, conditions: NodeCondition[], signal: AbortSignal): Promise<Node> {
    const { name } = node.metadata;
    const wasReady = nodeCondition(node, 'Ready')?.status === 'True';
    const silenced = await client.nodes.updateStatus({ ...node, status: { ...node.status, conditions } }, { signal });
    if (!wasReady) return silenced;
    events.event(node, 'Normal', 'NodeNotReady', `Node ${name} status is now: NodeNotReady`);
    await markPodsNotReady(name, signal);
    return silenced;
  }

  /** Services must not send anybody to pods that nobody answers for. */
  async function markPodsNotReady(nodeName: string, signal: AbortSignal): Promise<void> {
    await Promise.all(
      pods.lister
        .by(NODE, nodeName)
        .filter(isPodReady)
        .map(async (pod) => {
          await client.pods
            .patch(pod.metadata, 'strategic', notReadyPatch(pod, clock.now()), { subresource: 'status', signal })
            .catch(ignoreNotFound);
          events.event(pod, 'Warning', 'NodeNotReady', 'Node is not ready');
        }),
    );
  }

  async function taint(node: Node, eviction: Eviction, signal: AbortSignal): Promise<void> {
    const taints = plannedTaints(node, { eviction, now: clock.now() });
    if (!taints) return;
    const { resourceVersion } = node.metadata;
    await client.nodes
      .patch(node.metadata, 'merge', { metadata: { resourceVersion }, spec: { taints } }, { signal })
      .catch(ignoreNotFound);
  }

  function evictionOf(node: Node): Eviction {
    if (zones.allDisrupted) return 'must not';
    if (!evictionKey(node) || isEvicting(node)) return 'may';
    return zones.mayEvict(node) ? 'may' : 'wait';
  }
}

/** The node has been written meanwhile, by its kubelet most likely: its next round is soon enough. */
function ignoreConflict(error: unknown): undefined {
  if (!(error instanceof Conflict)) ignoreNotFound(error);
}

const NODE = 'node';
export const byNode = { [NODE]: ({ spec }: Pod) => [spec.nodeName ?? ''] };

function notReadyPatch({ metadata }: Pod, now: Date) {
  const condition = { type: 'Ready', status: 'False', lastTransitionTime: formatTime(now) };
  return { metadata: { uid: metadata.uid }, status: { conditions: [condition] } };
}
