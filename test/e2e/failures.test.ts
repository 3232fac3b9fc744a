// What dies and comes back: a node, a kubelet, the server amid writes, everything at once.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { eventually, prepareCluster, whyNoKubectl } from '../lib/index.ts';

const IMAGE = 'mkube.local/hello:1.0';

describe('a cluster of two nodes', { skip: whyNoKubectl() }, () => {
  const cluster = prepareCluster('failures');
  const kubectl = (...args: string[]) => cluster.mustKubectl(args);
  const nodesOfPods = async () => {
    const running = ['pods', '-l', 'app=four', '--field-selector=status.phase=Running'];
    const path = '{range .items[*]}{.spec.nodeName}{" "}{.metadata.deletionTimestamp}{"\\n"}{end}';
    const lines = (await cluster.value(running, path)).split('\n').filter((line) => line !== '');
    return lines
      .map((line) => line.split(' '))
      .filter(([, deleted]) => !deleted)
      .map(([node]) => node);
  };

  before(() =>
    cluster.must(['up', '--wait', '--node-monitor-grace-period', '4', '--default-unreachable-toleration-seconds', '2']),
  );
  after(() => cluster.close());

  it('spreads a deployment of four, and replaces the pods of a node that loses power', async () => {
    await kubectl('create', 'deployment', 'four', '--image', IMAGE, '--replicas', '4');
    await kubectl('rollout', 'status', 'deployment/four', '--timeout=60s');
    const before = await nodesOfPods();
    assert.deepEqual(new Set(before), new Set(['node-1', 'node-2']));

    await cluster.must(['node', 'stop', 'node-2']);
    const stopped = Date.now();
    await eventually('four pods on the node that is left', async () => {
      const nodes = await nodesOfPods();
      return nodes.filter((node) => node === 'node-1').length === 4;
    });
    // grace 4 s, toleration 2 s, and how often the controller looks
    assert.ok(Date.now() - stopped < 25_000, `replaced after ${Date.now() - stopped} ms`);
    assert.match(await kubectl('get', 'nodes', 'node-2'), /NotReady/);

    await cluster.must(['node', 'start', 'node-2']);
    await kubectl('wait', '--for=condition=Ready', 'node/node-2', '--timeout=30s');
    await eventually(
      'the evicted pods are gone',
      async () =>
        (await cluster.value(['pods', '-l', 'app=four'], '{.items[*].metadata.name}')).split(' ').length === 4,
    );
    assert.equal((await cluster.value(['node', 'node-2'], '{.spec.taints}')).includes('unreachable'), false);
    await kubectl('delete', 'deployment', 'four', '--timeout=60s');
  });

  it('keeps its containers while a kubelet is killed, and the next one adopts them', async () => {
    await kubectl('run', 'steady', '--image', IMAGE);
    await kubectl('wait', '--for=condition=Ready', 'pod/steady', '--timeout=30s');
    const node = await cluster.value(['pod', 'steady'], '{.spec.nodeName}');
    const state = () =>
      cluster.value(
        ['pod', 'steady'],
        '{.status.containerStatuses[0].containerID} {.status.containerStatuses[0].restartCount} {.status.containerStatuses[0].state.running.startedAt}',
      );
    const before = await state();
    process.kill(cluster.pid(node), 'SIGKILL');
    await eventually('the kubelet is gone', async () => !isAlive(cluster.pid(node)));
    const address = await cluster.value(['pod', 'steady'], '{.status.podIP}');
    assert.match(await (await fetch(`http://${address}:8080/`)).text(), /Hello from pod steady/);

    assert.match(await cluster.must(['up', '--wait']), /is up again/);
    assert.equal(await cluster.must(['exec', 'steady', '--', 'hostname']), 'steady\n');
    await wait(500); // time enough for a wrong restart to be told
    assert.equal(await state(), before);
  });

  it('loses no acknowledged object when the server is killed amid 200 creates, and goes on', async () => {
    const names = Array.from({ length: 200 }, (_, i) => `map-${i}`);
    const acknowledged: string[] = [];
    const creating = names.map(async (name) => {
      const { code } = await cluster.mkube(['create', 'configmap', name, `--from-literal=name=${name}`]);
      if (code === 0) acknowledged.push(name);
    });
    await eventually('some creates are through', async () => acknowledged.length > 20);
    process.kill(cluster.pid('server'), 'SIGKILL');
    await Promise.all(creating);
    assert.ok(acknowledged.length < 200, 'the kill came too late to prove anything');

    await cluster.must(['up', '--wait']);
    const there = (await cluster.value(['configmaps'], '{.items[*].metadata.name}')).split(' ');
    assert.deepEqual(
      acknowledged.filter((name) => !there.includes(name)),
      [],
    );
    await kubectl('create', 'deployment', 'after', '--image', IMAGE, '--replicas', '2');
    await kubectl('rollout', 'status', 'deployment/after', '--timeout=60s');
  });

  it('goes down and comes up again with its state, its containers started anew', async () => {
    await cluster.must(['down']);
    assert.equal((await cluster.mkube(['get', 'pods'])).code, 1);
    await cluster.must(['up', '--wait']);
    const restarts = () => cluster.value(['pod', 'steady'], '{.status.containerStatuses[0].restartCount}');
    await eventually('its container is started again', async () => (await restarts()) === '1');
    await kubectl('wait', '--for=condition=Ready', 'pod/steady', '--timeout=30s');
    assert.equal(await cluster.must(['exec', 'steady', '--', 'hostname']), 'steady\n');
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
