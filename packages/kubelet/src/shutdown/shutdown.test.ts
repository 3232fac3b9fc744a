import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { conditionOf, eventually, eventuallyPod, openNode, shell, statusOf } from '../testing/node.test.ts';
import { podOf } from '../testing/pods.test.ts';
import { graceOf, graceSecondsIn, planShutdown } from './plan.ts';

const pod = (name: string, priority: number, terminationGracePeriodSeconds = 30) =>
  podOf({ priority, terminationGracePeriodSeconds }, { metadata: { name } });

describe('the order of a shutdown', () => {
  const grace = graceOf(30, 10);

  it('gives critical pods their part at the end', () => {
    const groups = planShutdown(grace, [pod('dns', 2_000_001_000), pod('web', 0), pod('low', -5)]);
    assert.deepEqual(
      groups.map(({ seconds, pods }) => [seconds, ...pods.map(({ metadata }) => metadata.name)]),
      [
        [20, 'web', 'low'],
        [10, 'dns'],
      ],
    );
  });

  it('follows the groups that are configured by priority', () => {
    const own = [
      { priority: 1000, seconds: 5 },
      { priority: 0, seconds: 60 },
    ];
    const groups = planShutdown(own, [pod('a', 999), pod('b', 1000), pod('c', 5000)]);
    assert.deepEqual(
      groups.map(({ pods }) => pods.map(({ metadata }) => metadata.name)),
      [['a'], ['b', 'c']],
    );
  });

  it('gives a pod no more than it asks for', () => {
    assert.equal(graceSecondsIn({ priority: 0, seconds: 20 }, pod('a', 0, 5)), 5);
    assert.equal(graceSecondsIn({ priority: 0, seconds: 20 }, pod('a', 0, 300)), 20);
  });
});

describe('a node whose machine shuts down', () => {
  it('tells so, ends its pods, and takes no more', async () => {
    const node = await openNode({ kubelet: { shutdownGrace: graceOf(4, 2) } });
    try {
      await node.runPod('web', { containers: [shell('sleep infinity')] });
      await eventuallyPod(node, 'web', 'is Running', ({ status }) => status.phase === 'Running');
      await node.kubelet().shutDown();
      const ended = await node.getPod('web');
      const { phase, reason, message } = ended.status;
      assert.deepEqual(
        { phase, reason, message },
        {
          phase: 'Failed',
          reason: 'Terminated',
          message: 'Pod was terminated in response to imminent node shutdown.',
        },
      );
      assert.ok(statusOf(ended)?.state.terminated);
      assert.equal(conditionOf(ended, 'DisruptionTarget'), 'True');
      const ready = await eventually('the node is not ready', async () => {
        const { status } = await node.client.nodes.get({ name: node.nodeName });
        const condition = status.conditions?.find(({ type }) => type === 'Ready');
        return condition?.status === 'False' && condition;
      });
      assert.deepEqual([ready.reason, ready.message], ['KubeletNotReady', 'node is shutting down']);
      await node.runPod('late', { containers: [shell('sleep infinity')] });
      const late = await eventuallyPod(node, 'late', 'is Failed', ({ status }) => status.phase === 'Failed');
      assert.deepEqual(
        [late.status.reason, late.status.message],
        ['NodeShutdown', 'Pod was rejected: Pod was rejected as the node is shutting down.'],
      );
    } finally {
      await node.close();
    }
  });
});
