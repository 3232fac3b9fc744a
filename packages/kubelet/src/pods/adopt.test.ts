import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually, eventuallyPod, openNode, shell, statusOf, type TestNode } from '../testing/node.test.ts';

describe('a kubelet that starts over what another left', () => {
  let node: TestNode;
  before(async () => {
    node = await openNode();
  });
  after(() => node.close());

  it('goes on with running containers as they are', async () => {
    await node.runPod('stays', { containers: [shell('sleep infinity')] });
    await node.runPod('crashed', { containers: [shell('exit 1')] });
    const before = await eventuallyPod(node, 'stays', 'is Running', ({ status }) => status.phase === 'Running');
    await eventuallyPod(
      node,
      'crashed',
      'backs off',
      (pod) => statusOf(pod)?.state.waiting?.reason === 'CrashLoopBackOff',
    );
    await node.crash();
    node.start();
    await node.runPod('next', { containers: [shell('sleep infinity')] });
    await eventuallyPod(node, 'next', 'is Running', ({ status }) => status.phase === 'Running');
    const now = await node.getPod('stays');
    assert.deepEqual(now.status.containerStatuses, before.status.containerStatuses);
    assert.equal(now.status.startTime, before.status.startTime);
    const crashed = await node.getPod('crashed');
    assert.equal(statusOf(crashed)?.restartCount, 1);
    assert.equal(statusOf(crashed)?.state.waiting?.reason, 'CrashLoopBackOff');
  });

  it('tells of what ended while there was no kubelet', async () => {
    await node.runPod('ends', { restartPolicy: 'Never', containers: [shell('sleep 0.2; exit 5')] });
    await eventuallyPod(node, 'ends', 'is Running', ({ status }) => status.phase === 'Running');
    await node.crash();
    await eventually('it has ended', async () =>
      (await node.runtime.listContainers()).some(
        ({ labels, state }) => labels['io.kubernetes.pod.name'] === 'ends' && state === 'exited',
      ),
    );
    node.start();
    const pod = await eventuallyPod(node, 'ends', 'is Failed', ({ status }) => status.phase === 'Failed');
    assert.equal(statusOf(pod)?.state.terminated?.exitCode, 5);
  });

  it('takes away what the API has forgotten meanwhile', async () => {
    await node.runPod('lost', { containers: [shell('sleep infinity')] });
    const pod = await eventuallyPod(node, 'lost', 'is Running', ({ status }) => status.phase === 'Running');
    await node.crash();
    await node.client.pods.delete(pod.metadata, { gracePeriodSeconds: 0 });
    node.start();
    await eventually('its sandbox is gone', async () =>
      (await node.runtime.listPodSandboxes()).every(({ uid }) => uid !== pod.metadata.uid),
    );
  });

  it('ends a pod whose deletion began before', async () => {
    await node.runPod('leaving', { containers: [shell('sleep infinity')] });
    const pod = await eventuallyPod(node, 'leaving', 'is Running', ({ status }) => status.phase === 'Running');
    await node.crash();
    await node.client.pods.delete(pod.metadata);
    node.start();
    await eventually('it is gone', () =>
      node.getPod('leaving').then(
        () => false,
        () => true,
      ),
    );
  });
});
