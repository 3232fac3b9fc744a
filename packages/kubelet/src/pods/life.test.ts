import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { NotFound } from '@mkube/apimachinery';
import {
  conditionOf,
  eventually,
  eventuallyPod,
  openNode,
  shell,
  statusOf,
  type TestNode,
} from '../testing/node.test.ts';

describe('a pod on a node', () => {
  let node: TestNode;
  before(async () => {
    node = await openNode();
  });
  after(() => node.close());

  it('runs, and its status says so', async () => {
    await node.runPod('runs', { containers: [shell('sleep infinity')] });
    const pod = await eventuallyPod(node, 'runs', 'is Running', ({ status }) => status.phase === 'Running');
    const status = statusOf(pod);
    assert.ok(status?.state.running?.startedAt);
    assert.match(status.containerID ?? '', /^fake:\/\//);
    assert.deepEqual([status.ready, status.started, status.restartCount], [true, true, 0]);
    assert.ok(pod.status.podIP);
    assert.deepEqual(pod.status.podIPs, [{ ip: pod.status.podIP }]);
    assert.equal(pod.status.hostIP, '127.0.0.1');
    assert.ok(pod.status.startTime);
    for (const type of ['PodReadyToStartContainers', 'Initialized', 'ContainersReady', 'Ready', 'PodScheduled']) {
      assert.equal(conditionOf(pod, type), 'True', type);
    }
    const events = await eventually('its events are there', async () => {
      const { items } = await node.client.events.list({
        namespace: 'default',
        fieldSelector: 'involvedObject.name=runs',
      });
      return items.length >= 3 && items;
    });
    assert.deepEqual(
      events.map(({ reason }) => reason).toSorted((a, b) => String(a).localeCompare(String(b))),
      ['Created', 'Pulled', 'Started'],
    );
  });

  it('ends with the exit code of its container', async () => {
    await node.runPod('good', { restartPolicy: 'Never', containers: [shell('exit 0')] });
    await node.runPod('bad', { restartPolicy: 'Never', containers: [shell('exit 7')] });
    const good = await eventuallyPod(node, 'good', 'succeeds', ({ status }) => status.phase === 'Succeeded');
    assert.equal(statusOf(good)?.state.terminated?.reason, 'Completed');
    assert.equal(conditionOf(good, 'Ready'), 'False');
    const bad = await eventuallyPod(node, 'bad', 'fails', ({ status }) => status.phase === 'Failed');
    assert.equal(statusOf(bad)?.state.terminated?.exitCode, 7);
    assert.equal(statusOf(bad)?.state.terminated?.reason, 'Error');
  });

  it('restarts what fails, at once and then with back-off', async () => {
    await node.runPod('crash', { containers: [shell('exit 1')] });
    const pod = await eventuallyPod(
      node,
      'crash',
      'backs off',
      (seen) => statusOf(seen)?.state.waiting?.reason === 'CrashLoopBackOff',
    );
    assert.equal(statusOf(pod)?.restartCount, 1);
    assert.match(
      statusOf(pod)?.state.waiting?.message ?? '',
      /^back-off 10s restarting failed container=main pod=crash_default\(/,
    );
    assert.equal(statusOf(pod)?.lastState.terminated?.exitCode, 1);
    assert.equal(pod.status.phase, 'Running');
  });

  it('is gone after its grace when it is deleted, with nothing left behind', async () => {
    await node.runPod('gone', { containers: [shell('sleep infinity')] });
    const pod = await eventuallyPod(node, 'gone', 'is Running', ({ status }) => status.phase === 'Running');
    await node.client.pods.delete(pod.metadata);
    await eventually('the API forgets it', () => isGone(node, 'gone'));
    await eventually('its sandbox is gone', async () => {
      const sandboxes = await node.runtime.listPodSandboxes();
      return sandboxes.every(({ uid }) => uid !== pod.metadata.uid);
    });
  });

  it('says why an image cannot be had', async () => {
    await node.runPod('invalid', { containers: [shell('true', { image: 'UPPER/Case' })] });
    await node.runPod('never', { containers: [shell('true', { image: 'nowhere', imagePullPolicy: 'Never' })] });
    await eventuallyPod(
      node,
      'invalid',
      'is told',
      (pod) => statusOf(pod)?.state.waiting?.reason === 'InvalidImageName',
    );
    await eventuallyPod(
      node,
      'never',
      'is told',
      (pod) => statusOf(pod)?.state.waiting?.reason === 'ErrImageNeverPull',
    );
  });

  it('waits for configuration that is not there, and starts when it comes', async () => {
    const env = [{ name: 'GREETING', valueFrom: { configMapKeyRef: { name: 'later', key: 'greeting' } } }];
    await node.runPod('patient', { containers: [shell('sleep infinity', { env })] });
    const waiting = await eventuallyPod(
      node,
      'patient',
      'waits',
      (pod) => statusOf(pod)?.state.waiting?.reason === 'CreateContainerConfigError',
    );
    assert.equal(statusOf(waiting)?.state.waiting?.message, 'configmap "later" not found');
    await node.client.configMaps.create({
      metadata: { name: 'later', namespace: 'default' },
      data: { greeting: 'hi' },
    });
    await eventuallyPod(node, 'patient', 'runs', ({ status }) => status.phase === 'Running');
  });
});

const isGone = (node: TestNode, name: string): Promise<boolean> =>
  node.getPod(name).then(
    () => false,
    (error: unknown) => error instanceof NotFound,
  );
