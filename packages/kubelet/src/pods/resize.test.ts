import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Pod, PodCondition } from '@mkube/api';
import { milliValueOf } from '@mkube/apimachinery';
import { eventually, eventuallyPod, openNode, shell, statusOf, type TestNode } from '../testing/node.test.ts';
import { podOf, containerOf } from '../testing/pods.test.ts';
import { knownAllocationOf, whyNoResize, withAllocation } from './resize.ts';

type Amounts = Record<string, string>;

const find = (pod: Pod, type: string): PodCondition | undefined =>
  pod.status.conditions?.find((condition) => condition.type === type);

describe('a pod that asks for other amounts', () => {
  let node: TestNode;
  let cpus = 0;
  before(async () => {
    node = await openNode();
    const { status } = await node.client.nodes.get({ name: node.nodeName });
    cpus = milliValueOf(status.allocatable?.['cpu'] ?? '0');
  });
  after(() => node.close());

  const run = async (name: string, requests: Amounts, limits: Amounts = {}): Promise<Pod> => {
    const container = shell('sleep infinity', { resources: { requests, limits } });
    await node.runPod(name, { containers: [container] });
    return eventuallyPod(node, name, 'is Running', ({ status }) => status.phase === 'Running');
  };
  const resize = async (name: string, resources: { requests?: Amounts; limits?: Amounts }): Promise<void> => {
    const spec = { containers: [{ name: 'main', resources }] };
    await node.client.pods.patch({ name, namespace: 'default' }, 'strategic', { spec }, { subresource: 'resize' });
  };
  const eventsOf = (name: string, last: string): Promise<string[]> =>
    eventually(`${name} has an event ${last}`, async () => {
      const fieldSelector = `involvedObject.name=${name}`;
      const { items } = await node.client.events.list({ namespace: 'default', fieldSelector });
      const told = items.filter(({ reason }) => reason?.startsWith('Resize'));
      const texts = told.map(({ type, reason, message }) => `${type} ${reason} ${message}`);
      return texts.some((text) => text.includes(` ${last} `)) && texts;
    });

  it('gets them, and its events say from when to when', async () => {
    await run('grows', { cpu: '50m' });
    await resize('grows', { requests: { cpu: '70m' } });
    const pod = await eventuallyPod(
      node,
      'grows',
      'has what it asked for',
      (seen) => statusOf(seen)?.resources?.requests?.['cpu'] === '70m' && !find(seen, 'PodResizeInProgress'),
    );
    assert.deepEqual(statusOf(pod)?.allocatedResources, { cpu: '70m' });
    assert.equal(find(pod, 'PodResizePending'), undefined);
    const summary = '{"containers":[{"name":"main","resources":{"requests":{"cpu":"70m"}}}],"generation":2}';
    assert.deepEqual(await eventsOf('grows', 'ResizeCompleted'), [
      `Normal ResizeStarted Pod resize started: ${summary}`,
      `Normal ResizeCompleted Pod resize completed: ${summary}`,
    ]);
  });

  it('is told that the node will never have so much, keeps what it has, and may think better of it', async () => {
    await run('greedy', { cpu: '50m' });
    await resize('greedy', { requests: { cpu: '1000' } });
    const pod = await eventuallyPod(node, 'greedy', 'is told', (seen) => find(seen, 'PodResizePending') !== undefined);
    const { status, reason, message, observedGeneration } = find(pod, 'PodResizePending') ?? {};
    assert.deepEqual([status, reason, observedGeneration], ['True', 'Infeasible', 2]);
    assert.equal(message, `Node didn't have enough capacity: cpu, requested: 1000000, capacity: ${cpus}`);
    assert.deepEqual(statusOf(pod)?.allocatedResources, { cpu: '50m' });
    assert.match((await eventsOf('greedy', 'ResizeInfeasible'))[0] ?? '', /^Warning ResizeInfeasible .*"generation":2/);
    await resize('greedy', { requests: { cpu: '50m' } });
    await eventuallyPod(node, 'greedy', 'asks for no more', (seen) => !find(seen, 'PodResizePending'));
  });

  it('waits while others have it, over an end of the kubelet as well, and gets it when they go', async () => {
    const large = await run('large', { cpu: `${cpus - 500}m` });
    await run('waits', { cpu: '50m' });
    await resize('waits', { requests: { cpu: '600m' } });
    const isDeferred = (pod: Pod): boolean => find(pod, 'PodResizePending')?.reason === 'Deferred';
    const before = await eventuallyPod(node, 'waits', 'is deferred', isDeferred);
    assert.match(
      find(before, 'PodResizePending')?.message ?? '',
      /^Node didn't have enough resource: cpu, requested: 600, used: \d+, capacity: \d+$/,
    );
    await eventsOf('waits', 'ResizeDeferred');
    await node.crash();
    node.start();
    await node.client.pods.delete(large.metadata, { gracePeriodSeconds: 0 } as never);
    const after = await eventuallyPod(
      node,
      'waits',
      'gets it',
      (seen) => statusOf(seen)?.allocatedResources?.['cpu'] === '600m' && !find(seen, 'PodResizePending'),
    );
    assert.equal(statusOf(after)?.restartCount, 0);
    const told = await eventsOf('waits', 'ResizeCompleted');
    assert.deepEqual(
      told.map((text) => text.split(' ')[1]),
      ['ResizeDeferred', 'ResizeStarted', 'ResizeCompleted'],
    );
  });

  it('does not lose what it uses', async () => {
    await run('used', { memory: '64Mi' }, { memory: '64Mi' });
    await resize('used', { requests: { memory: '512Ki' }, limits: { memory: '512Ki' } }); // it uses 1 MiB
    const pod = await eventuallyPod(
      node,
      'used',
      'is told',
      (seen) => find(seen, 'PodResizeInProgress')?.reason === 'Error',
    );
    const what = 'attempting to set container "main" memory limit (524288) below current usage (1048576)';
    assert.equal(find(pod, 'PodResizeInProgress')?.message, `cannot decrease memory limits: ${what}`);
    const { allocatedResources, resources } = statusOf(pod) ?? {};
    assert.deepEqual([allocatedResources?.['memory'], resources?.limits?.['memory']], ['512Ki', '64Mi']);
    await eventsOf('used', 'ResizeError');
  });
});

describe('what a pod was given', () => {
  const pod = podOf(
    { containers: [containerOf('app', { resources: { requests: { cpu: '2', 'x.y/z': '1' } } })] as never },
    { status: { containerStatuses: [{ name: 'app', allocatedResources: { cpu: '1' } }] } as never },
  );

  it('stands in the place of what it asks, amounts that do not change aside', () => {
    const given = withAllocation(pod, knownAllocationOf(pod));
    assert.deepEqual(given.spec.containers[0]?.resources?.requests, { 'x.y/z': '1', cpu: '1' });
    assert.equal(withAllocation(given, knownAllocationOf(pod)), given);
  });

  it('is more only where there is room beside the others', () => {
    assert.equal(whyNoResize(pod, [{ cpu: 1000 }], { cpu: 3000, 'x.y/z': 1 }), undefined);
    assert.equal(whyNoResize(pod, [{ cpu: 1001 }], { cpu: 3000, 'x.y/z': 1 })?.reason, 'Deferred');
    assert.equal(whyNoResize(pod, [], { cpu: 1999 })?.reason, 'Infeasible');
  });
});
