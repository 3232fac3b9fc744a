import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually, eventuallyPod, openNode, shell, type TestNode } from '../testing/node.test.ts';

describe('a kubelet and its node', () => {
  let node: TestNode;
  before(async () => {
    node = await openNode();
  });
  after(() => node.close());

  const untilTold = (reason: string): Promise<boolean> =>
    eventually(`an event of the node says ${reason}`, async () => {
      const fieldSelector = `involvedObject.name=${node.nodeName},reason=${reason}`;
      const { items } = await node.client.events.list({ namespace: 'default', fieldSelector });
      return items.some(({ message }) => message === `Node ${node.nodeName} status is now: ${reason}`);
    });
  const patch = (body: object) => node.client.nodes.patch({ name: node.nodeName }, 'merge', body);

  it('tells that it was cordoned, and that it is not any more', async () => {
    await patch({ spec: { unschedulable: true } });
    await untilTold('NodeNotSchedulable');
    await patch({ spec: { unschedulable: null } });
    await untilTold('NodeSchedulable');
  });

  it('refuses pods that its labels do not suit, as they are by now', async () => {
    const ssd = { nodeSelector: { disk: 'ssd' } };
    await node.runPod('unfit', { ...ssd, containers: [shell('sleep infinity')] });
    const { status } = await eventuallyPod(node, 'unfit', 'is refused', (pod) => pod.status.phase === 'Failed');
    assert.equal(status.reason, 'NodeAffinity');
    assert.match(status.message ?? '', /^Pod was rejected: Predicate NodeAffinity failed: /);
    await patch({ metadata: { labels: { disk: 'ssd' } } });
    await eventually('a pod like it is taken', async () => {
      await node.runPod(`fit-${Date.now()}`, { ...ssd, containers: [shell('sleep infinity')] });
      const { items } = await node.client.pods.list({ namespace: 'default' });
      return items.some((pod) => pod.status.phase === 'Running');
    });
  });
});
