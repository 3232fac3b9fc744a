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
      else await taint(node, signal);
      return undefined;
    },
  };

  async function lookAtAll(signal: AbortSignal): Promise<Requeue> {
    const all = nodes.lister.list();
    if (zones.observe(all)) giveNewGrace();
    for (const node of all) {
      try {
        await lookAt(node, signal);
      } catch (error) {
        // The node has been written meanwhile, by its kubelet most likely: its next round is soon enough.
        if (!(error instanceof Conflict)) throw error;
      }
    }
    return { requeueAfter: flags.nodeMonitorPeriod * 1000 };
  }

  /** After a time in which we saw nothing at all, silence proves nothing. */
  function giveNewGrace(): void {
    for (const [name, health] of healths) healths.set(name, { ...health, seenAt: clock.now().getTime() });
  }

  async function lookAt(node: Node, signal: AbortSignal): Promise<void> {
    const { name } = node.metadata;
    const lease = leases.lister.get({ namespace: 'kube-node-lease', name });
    const health = observeHealth({ node, lease, before: healths.get(name), now: clock.now() });
    healths.set(name, health);
    const conditions = silentConditions(node, health, { now: clock.now(), flags });
    if (conditions) await silence(node, conditions, signal);
    else if (nodeCondition(node, 'Ready')?.status === 'Unknown') await markPodsNotReady(name, signal);
    if (evictionKey(node) && !isEvicting(node)) await taint(node, signal);
    if (zones.allDisrupted && isEvicting(node)) await taint(node, signal);
  }

  async function silence(node: Node, conditions: NodeCondition[], signal: AbortSignal): Promise<void> {
    const { name } = node.metadata;
    const wasReady = nodeCondition(node, 'Ready')?.status === 'True';
    await client.nodes.updateStatus({ ...node, status: { ...node.status, conditions } }, { signal });
    if (!wasReady) return;
    events.event(node, 'Normal', 'NodeNotReady', `Node ${name} status is now: NodeNotReady`);
    await markPodsNotReady(name, signal);
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

  async function taint(node: Node, signal: AbortSignal): Promise<void> {
    const taints = plannedTaints(node, { eviction: evictionOf(node), now: clock.now() });
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

const NODE = 'node';
export const byNode = { [NODE]: ({ spec }: Pod) => [spec.nodeName ?? ''] };

function notReadyPatch({ metadata }: Pod, now: Date) {
  const condition = { type: 'Ready', status: 'False', lastTransitionTime: formatTime(now) };
  return { metadata: { uid: metadata.uid }, status: { conditions: [condition] } };
}
