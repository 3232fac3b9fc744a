/** The node as the API has it, followed: whoever cordons it is told by an event of the node's, as the kubelet words it. */
import type { Node } from '@mkube/api';
import { createInformer } from '@mkube/client';
import type { NodeEvents } from '../events.ts';
import type { Settings } from '../options.ts';

export interface OwnNode {
  /** Undefined before it is known. */
  get(): Node | undefined;
  run(signal: AbortSignal): Promise<void>;
}

export function followOwnNode(settings: Settings, events: NodeEvents): OwnNode {
  const { client, clock, random, log, nodeName } = settings;
  const fieldSelector = `metadata.name=${nodeName}`;
  const informer = createInformer<Node>({ resource: client.nodes, fieldSelector, clock, random, log });
  let isCordoned = false;
  const look = ({ spec }: Node): void => {
    const cordoned = spec.unschedulable ?? false;
    if (cordoned === isCordoned) return;
    isCordoned = cordoned;
    const reason = cordoned ? 'NodeNotSchedulable' : 'NodeSchedulable';
    events.ofNode('Normal', reason, `Node ${nodeName} status is now: ${reason}`);
  };
  informer.onChange({ add: look, update: look });
  return { get: () => informer.lister.get(nodeName), run: (signal) => informer.run(signal) };
}
