/** The scheduler at work under its own identity, against a real API server on the memory store. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Event, Pod } from '@mkube/api';
import { findCondition } from '@mkube/apimachinery';
import { startTestServer } from '@mkube/apiserver/testing';
import { type Client, createClient, inProcessTransport } from '@mkube/client';
import { pino } from 'pino';
import { createScheduler } from './scheduler.ts';
import { asking, nodeOf } from './testing.ts';

const log = pino({ level: process.env['MKUBE_TEST_LOG'] ?? 'silent' });

async function openApi() {
  const { api, close } = await startTestServer({ log });
  const clientAs = (username: string, ...groups: string[]): Client =>
    createClient(
      inProcessTransport((request) => api.handle(request), {
        username,
        groups: ['system:authenticated', ...groups],
      }),
    );
  return { client: clientAs('admin', 'system:masters'), asScheduler: clientAs('system:kube-scheduler'), close };
}

async function eventually<T>(what: string, ask: () => Promise<T | undefined | false>, ms = 15_000): Promise<T> {
  for (const end = performance.now() + ms; ;) {
    const answer = await ask();
    if (answer) return answer;
    assert.ok(performance.now() < end, `not within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('the scheduler', () => {
  let api: Awaited<ReturnType<typeof openApi>>;
  let stop: AbortController;
  let running: Promise<void>;
  let count = 0;

  const start = (): void => {
    stop = new AbortController();
    running = createScheduler({ client: api.asScheduler, log }).run(stop.signal);
  };
  /** A namespace, and nodes that only its pods go to. */
  const world = async (nodes: number, allocatable: Record<string, string> = {}) => {
    const name = `test-${++count}`;
    await api.client.namespaces.create({ metadata: { name } });
    await api.client.serviceAccounts.create({ metadata: { name: 'default', namespace: name } });
    /** Ready at once, as after its kubelet and the node lifecycle controller. */
    const addNode = async (i: number): Promise<void> => {
      const node = { name: `${name}-${i}` };
      await api.client.nodes.create({ metadata: { ...node, labels: { world: name } } });
      const { status } = nodeOf('', { status: { allocatable } });
      await api.client.nodes.patch(node, 'merge', { status }, { subresource: 'status' });
      await api.client.nodes.patch(node, 'merge', { spec: { taints: null } });
    };
    for (let i = 1; i <= nodes; i++) await addNode(i);
    const create = (pod: string, more: Parameters<typeof asking>[1] = {}) =>
      api.client.pods.create({
        metadata: { name: pod, namespace: name },
        spec: {
          containers: [{ name: 'c', image: 'busybox' }],
          ...more.spec,
          automountServiceAccountToken: false,
          nodeSelector: { world: name },
        },
      });
    const get = (pod: string) => api.client.pods.get({ name: pod, namespace: name });
    const list = async () => (await api.client.pods.list({ namespace: name })).items;
    const placed = (pod: string) => eventually(`${pod} has a node`, async () => (await get(pod)).spec.nodeName);
    const events = async (pod: string, reason: string): Promise<Event[]> =>
      (await api.client.events.list({ namespace: name })).items.filter(
        (e) => e.involvedObject.name === pod && e.reason === reason,
      );
    return { name, create, get, list, placed, events, addNode };
  };

  before(async () => {
    api = await openApi();
    start();
  });
  after(async () => {
    stop.abort();
    await running;
    await api.close();
  });

  it('binds a pod to a node, and says so', async () => {
    const { name, create, placed, events } = await world(1);
    await create('hello');
    assert.equal(await placed('hello'), `${name}-1`);
    const [event] = await eventually('the event', async () => {
      const found = await events('hello', 'Scheduled');
      return found.length > 0 && found;
    });
    assert.equal(event?.message, `Successfully assigned ${name}/hello to ${name}-1`);
    assert.equal(event?.source?.component, 'default-scheduler');
  });

  it('spreads a burst over the nodes and never gives away more than there is', async () => {
    const { name, create, list } = await world(5, { cpu: '4', pods: '100' });
    const pods = Array.from({ length: 110 }, (_, i) => create(`p-${i}`, asking({ cpu: '200m' })));
    await Promise.all(pods);
    const all = await eventually('100 have a node', async () => {
      const found = await list();
      return found.filter((pod) => pod.spec.nodeName).length === 100 && found;
    });
    const perNode = new Map<string, number>();
    for (const { spec } of all) if (spec.nodeName) perNode.set(spec.nodeName, (perNode.get(spec.nodeName) ?? 0) + 1);
    assert.deepEqual(new Set(perNode.values()), new Set([20]));
    assert.equal(perNode.size, 5);
    const left = all.find((pod) => !pod.spec.nodeName);
    const why = await eventually('the reason', async () => {
      const pod = await api.client.pods.get(left?.metadata ?? { name: '' });
      return findCondition(pod.status?.conditions, 'PodScheduled')?.message;
    });
    assert.match(why, /5 Insufficient cpu/);
    await api.client.pods.deleteCollection({ namespace: name, gracePeriodSeconds: 0 });
  });

  it('says why a pod has no node, and places it as soon as there is one', async () => {
    const { name, create, get, placed, events, addNode } = await world(0);
    await create('waits', asking({ cpu: '1' }));
    const condition = await eventually('the condition', async () =>
      findCondition((await get('waits')).status?.conditions, 'PodScheduled'),
    );
    assert.equal(condition.status, 'False');
    assert.equal(condition.reason, 'Unschedulable');
    assert.match(
      condition.message ?? '',
      /^0\/\d+ nodes are available: .*node\(s\) didn't match Pod's node affinity\/selector.* preemption: 0\/\d+ nodes are available: \d+ Preemption is not helpful for scheduling\.$/,
    );
    await eventually('the event', async () => (await events('waits', 'FailedScheduling'))[0]);
    await addNode(1);
    assert.equal(await placed('waits'), `${name}-1`);
    assert.equal(findCondition((await get('waits')).status?.conditions, 'PodScheduled')?.status, 'True');
  });

  it('leaves pods alone that are gated or another scheduler’s', async () => {
    const { create, get, placed, name } = await world(1);
    await create('gated', { spec: { schedulingGates: [{ name: 'example.com/wait' }] } });
    await create('theirs', { spec: { schedulerName: 'another' } });
    await create('ours');
    await placed('ours');
    assert.equal((await get('gated')).spec.nodeName, undefined);
    assert.equal((await get('theirs')).spec.nodeName, undefined);
    await api.client.pods.patch({ name: 'gated', namespace: name }, 'merge', { spec: { schedulingGates: [] } });
    await placed('gated');
  });

  it('makes room for a pod of higher priority', async () => {
    const { name, create, get, placed, events } = await world(1, { cpu: '1' });
    await api.client.priorityClasses.create({ metadata: { name: `high-${name}` }, value: 1000 });
    await create('low', asking({ cpu: '800m' }));
    await placed('low');
    await create('high', asking({ cpu: '500m' }, { spec: { priorityClassName: `high-${name}` } }));
    const victim = await eventually('the victim goes', async () => {
      const pod = await get('low');
      return pod.metadata.deletionTimestamp !== undefined && pod;
    });
    const target = findCondition(victim.status?.conditions, 'DisruptionTarget');
    assert.equal(target?.reason, 'PreemptionByScheduler');
    const nominated = await eventually('the nomination', async () => (await get('high')).status?.nominatedNodeName);
    assert.equal(nominated, `${name}-1`);
    assert.equal((await get('high')).spec.nodeName, undefined);
    await api.client.pods.delete({ name: 'low', namespace: name }, { gracePeriodSeconds: 0 }); // its kubelet is done
    assert.equal(await placed('high'), `${name}-1`);
    assert.ok((await events('low', 'Preempted')).length > 0);
  });

  it('tells a claim that waits for its first consumer which node that is on, and waits for it to be bound', async () => {
    const { name, create, get, placed } = await world(1);
    const storageClassName = `late-${name}`;
    const provisioner = 'example.com/none';
    await api.client.storageClasses.create({
      metadata: { name: storageClassName },
      provisioner,
      volumeBindingMode: 'WaitForFirstConsumer',
    });
    const claim = { name: 'data', namespace: name };
    const storage = { requests: { storage: '1Gi' } };
    await api.client.persistentVolumeClaims.create({
      metadata: claim,
      spec: { storageClassName, accessModes: ['ReadWriteOnce'], resources: storage },
    });
    await create('db', { spec: { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }] } });
    const selected = await eventually('the node is selected', async () => {
      const { metadata } = await api.client.persistentVolumeClaims.get(claim);
      return metadata.annotations?.['volume.kubernetes.io/selected-node'];
    });
    assert.equal(selected, `${name}-1`);
    assert.equal((await get('db')).spec.nodeName, undefined);
    await api.client.persistentVolumeClaims.patch(claim, 'merge', { spec: { volumeName: `pv-${name}` } }); // its provisioner
    assert.equal(await placed('db'), `${name}-1`);
  });

  it('goes on where another has stopped', async () => {
    const { create, list } = await world(2, { pods: '100' });
    stop.abort();
    await running;
    const pods = Array.from({ length: 20 }, (_, i) => create(`p-${i}`));
    await Promise.all(pods);
    assert.ok((await list()).every((pod: Pod) => !pod.spec.nodeName));
    start();
    await eventually('all have a node', async () => (await list()).every((pod: Pod) => pod.spec.nodeName));
  });
});
