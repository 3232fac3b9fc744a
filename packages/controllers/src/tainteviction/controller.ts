/** Deletes pods from nodes whose NoExecute taints they do not tolerate, or no longer do. */
import { isDeepStrictEqual } from 'node:util';
import { type Node, type Pod, isPodTerminal } from '@mkube/api';
import { formatTime, isDeleting, keyOf } from '@mkube/apimachinery';
import { type Controller, watch, watchChanges } from '@mkube/client';
import type { ControllerContext } from '../context.ts';
import { byNode } from '../nodelifecycle/controller.ts';
import { ignoreNotFound } from '../owned/claim.ts';
import { evictionTime, noExecuteTaints } from './plan.ts';

/** Few nodes have any: what happens to pods on the others is of no concern. */
const taintsOf = (node: Node | undefined) => (node ? noExecuteTaints(node) : []);

export function taintEvictionController(context: ControllerContext): Controller {
  const { client, clock, events } = context;
  const nodes = context.informer('nodes');
  const pods = context.informer('pods', byNode);
  const marked = new Set<string>();
  const mayHaveToGo = (pod: Pod): boolean =>
    marked.has(keyOf(pod)) || taintsOf(nodes.lister.get(pod.spec.nodeName ?? '')).length > 0;
  return {
    name: 'taint-eviction',
    watches: [
      watch(pods, (pod) => (mayHaveToGo(pod) ? keyOf(pod) : undefined)),
      watchChanges(nodes, (node, old) =>
        isDeepStrictEqual(taintsOf(node), taintsOf(old)) ? [] : pods.lister.keysBy('node', node.metadata.name),
      ),
    ],
    async reconcile(key, signal) {
      const pod = pods.lister.get(key);
      const node = nodes.lister.get(pod?.spec.nodeName ?? '');
      if (!pod || !node || isDeleting(pod) || isPodTerminal(pod)) {
        marked.delete(key);
        return undefined;
      }
      const at = evictionTime(pod, noExecuteTaints(node), clock.now());
      if (at === undefined) {
        if (marked.delete(key))
          events.event(pod, 'Normal', 'TaintManagerEviction', `Cancelling deletion of Pod ${key}`);
        return undefined;
      }
      const left = at - clock.now().getTime();
      if (left > 0) {
        marked.add(key);
        return { requeueAfter: left };
      }
      events.event(pod, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${key}`);
      await evict(pod, signal);
      return undefined;
    },
  };

  async function evict({ metadata }: Pod, signal: AbortSignal): Promise<void> {
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'DeletionByTaintManager',
      message: 'Taint manager: deleting due to NoExecute taint',
      lastTransitionTime: formatTime(clock.now()),
    };
    const patch = { metadata: { uid: metadata.uid }, status: { conditions: [condition] } };
    await client.pods.patch(metadata, 'strategic', patch, { subresource: 'status', signal }).catch(ignoreNotFound);
    await client.pods.delete(metadata, { signal, preconditions: { uid: metadata.uid } }).catch(ignoreNotFound);
  }
}
