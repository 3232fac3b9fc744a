import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { formatMicroTime, formatTime } from '@mkube/apimachinery';
import { type TestControllers, eventually, runControllers } from '../testing/api.test.ts';

describe('nodes that fall silent', () => {
  let api: TestControllers;
  const beating = new Map<string, NodeJS.Timeout>();
  before(async () => {
    const flags = { nodeMonitorGracePeriod: 0.6, nodeMonitorPeriod: 0.1, nodeEvictionRate: 100 };
    api = await runControllers({
      only: ['node-lifecycle', 'taint-eviction', 'pod-garbage-collector', 'garbage-collector'],
      flags,
    });
  });
  after(async () => {
    for (const timer of beating.values()) clearInterval(timer);
    await api.close();
  });

  const lease = (name: string) => ({ name, namespace: 'kube-node-lease' });
  const renew = async (name: string) => {
    const patch = { spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: formatMicroTime(new Date()) } };
    await api.client.leases.patch(lease(name), 'merge', patch);
  };
  const stop = (name: string) => {
    clearInterval(beating.get(name));
    beating.delete(name);
  };
  const beat = (name: string) =>
    beating.set(
      name,
      setInterval(() => void renew(name).catch(() => stop(name)), 100),
    );
  const ready = (status: string) => {
    const now = formatTime(new Date());
    return {
      status: {
        conditions: [
          { type: 'Ready', status, lastHeartbeatTime: now, lastTransitionTime: now, reason: 'KubeletReady' },
        ],
      },
    };
  };
  const setReady = (name: string, status: string) =>
    api.client.nodes.patch({ name }, 'strategic', ready(status), { subresource: 'status' });

  async function join(name: string): Promise<void> {
    await api.client.nodes.create({ metadata: { name } });
    await setReady(name, 'True');
    await api.client.leases.create({ metadata: lease(name), spec: { holderIdentity: name } });
    beat(name);
    await eventually(`${name} has no taints`, async () => !(await api.client.nodes.get({ name })).spec.taints);
  }
  const leave = async (name: string) => {
    stop(name);
    await api.client.nodes.delete({ name });
  };
  const podOn = (nodeName: string, name: string, tolerations: object[] = []) =>
    api.client.pods.create({
      metadata: { name, namespace: api.namespace },
      spec: { nodeName, containers: [{ name: 'c', image: 'demo' }], tolerations },
    });
  const isGoing = async (name: string) => {
    const { metadata, status } = await api.client.pods.get({ name, namespace: api.namespace });
    return (
      metadata.deletionTimestamp !== undefined &&
      status.conditions?.some(({ reason }) => reason === 'DeletionByTaintManager')
    );
  };
  const tolerateFor = (seconds: number) =>
    ['not-ready', 'unreachable'].map((key) => ({
      key: `node.kubernetes.io/${key}`,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: seconds,
    }));
  const taintsOf = async (name: string) =>
    ((await api.client.nodes.get({ name })).spec.taints ?? []).map(({ key, effect }) => `${key}:${effect}`).toSorted();

  it('are marked, tainted and lose the pods that do not tolerate it, while others keep theirs', async () => {
    await join('lost');
    await join('kept');
    await podOn('lost', 'leaves', tolerateFor(0));
    await podOn('lost', 'stays', [{ operator: 'Exists' }]);
    await podOn('lost', 'waits', tolerateFor(300));
    await podOn('kept', 'elsewhere', tolerateFor(0));
    stop('lost');
    await eventually('the pod is told to go', () => isGoing('leaves'));
    const { status } = await api.client.nodes.get({ name: 'lost' });
    const condition = status.conditions?.find(({ type }) => type === 'Ready');
    assert.deepEqual(
      [condition?.status, condition?.reason, condition?.message],
      ['Unknown', 'NodeStatusUnknown', 'Kubelet stopped posting node status.'],
    );
    assert.deepEqual(await taintsOf('lost'), [
      'node.kubernetes.io/unreachable:NoExecute',
      'node.kubernetes.io/unreachable:NoSchedule',
    ]);
    for (const name of ['stays', 'waits', 'elsewhere']) assert.equal(await isGoing(name), false);
    assert.deepEqual(await taintsOf('kept'), []);
  });

  it('lose their taints when they are back', async () => {
    await setReady('lost', 'True');
    beat('lost');
    await eventually('the taints are gone', async () => (await taintsOf('lost')).length === 0);
    const events = await eventually('the reprieve is an event', async () => {
      const all = await api.client.events.list({ namespace: api.namespace });
      const of = all.items.filter(({ involvedObject }) => involvedObject.name === 'waits');
      return of.some(({ reason }) => reason === 'TaintManagerEviction') && of;
    });
    assert.ok(events.some(({ message }) => message === `Cancelling deletion of Pod ${api.namespace}/waits`));
    await leave('lost');
    await leave('kept');
  });

  it('keep their pods when all of them vanish at once, and get a new grace when one is back', async () => {
    await join('a');
    await join('b');
    await podOn('a', 'together', tolerateFor(300));
    stop('a');
    stop('b');
    const unknown = async (name: string) =>
      (await api.client.nodes.get({ name })).status.conditions?.[0]?.status === 'Unknown';
    await eventually('both are Unknown', async () => (await unknown('a')) && (await unknown('b')));
    await eventually('neither evicts', async () =>
      [...(await taintsOf('a')), ...(await taintsOf('b'))].every((taint) => !taint.endsWith('NoExecute')),
    );
    assert.equal(await isGoing('together'), false);
    await leave('a');
    await leave('b');
  });

  it('are tainted at once when they say that they are not ready, or are cordoned', async () => {
    await join('ill');
    await join('well');
    await setReady('ill', 'False');
    await eventually(
      'the taints are there',
      async () =>
        (await taintsOf('ill')).join() ===
        'node.kubernetes.io/not-ready:NoExecute,node.kubernetes.io/not-ready:NoSchedule',
    );
    await api.client.nodes.patch({ name: 'well' }, 'merge', { spec: { unschedulable: true } });
    await eventually(
      'the cordon is a taint',
      async () => (await taintsOf('well')).join() === 'node.kubernetes.io/unschedulable:NoSchedule',
    );
    await api.client.nodes.patch({ name: 'well' }, 'merge', { spec: { unschedulable: null } });
    await eventually('the taint is gone', async () => (await taintsOf('well')).length === 0);
  });
});
