import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Pod } from '@mkube/api';
import { type TestControllers, eventually, runControllers } from '../testing/api.test.ts';

describe('the ReplicaSet controller', () => {
  let api: TestControllers;
  before(async () => {
    api = await runControllers({ only: ['replicaset'] });
  });
  after(() => api.close());

  const replicaSet = (name: string, replicas: number) => ({
    metadata: { name, namespace: api.namespace },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'demo' }] } },
    },
  });
  const podsOf = async (app: string): Promise<Pod[]> =>
    (await api.client.pods.list({ namespace: api.namespace, labelSelector: `app=${app}` })).items;
  const eventsOf = async (name: string) =>
    (await api.client.events.list({ namespace: api.namespace })).items.filter(
      ({ involvedObject }) => involvedObject.name === name,
    );

  it('makes as many pods as are asked for, exactly, and says so', async () => {
    await api.client.replicaSets.create(replicaSet('web', 7));
    const done = await eventually('7 replicas are counted', async () => {
      const rs = await api.client.replicaSets.get({ name: 'web', namespace: api.namespace });
      return rs.status.replicas === 7 && rs;
    });
    assert.equal(done.status.observedGeneration, 1);
    const pods = await podsOf('web');
    assert.equal(pods.length, 7);
    assert.ok(
      pods.every(
        ({ metadata }) => metadata.name.startsWith('web-') && metadata.ownerReferences?.[0]?.uid === done.metadata.uid,
      ),
    );
    const created = await eventually('every pod has its event', async () => {
      const events = await eventsOf('web');
      return events.filter(({ reason }) => reason === 'SuccessfulCreate').length === 7 && events;
    });
    assert.match(created[0]?.message ?? '', /^Created pod: web-/);
  });

  it('replaces a deleted pod and takes surplus ones away', async () => {
    await api.client.replicaSets.create(replicaSet('spare', 3));
    const [first] = await eventually('there are 3', async () => {
      const pods = await podsOf('spare');
      return pods.length === 3 && pods;
    });
    assert.ok(first);
    await api.client.pods.delete(first.metadata, { gracePeriodSeconds: 0 });
    await eventually('another takes its place', async () => {
      const pods = await podsOf('spare');
      return pods.length === 3 && pods.every(({ metadata }) => metadata.uid !== first.metadata.uid);
    });
    await api.client.replicaSets.patch({ name: 'spare', namespace: api.namespace }, 'merge', { spec: { replicas: 1 } });
    await eventually('one is left', async () => (await podsOf('spare')).length === 1);
  });

  it('adopts orphans that match and lets pods go whose labels change', async () => {
    const { client, namespace } = api;
    const orphan = await client.pods.create({
      metadata: { name: 'orphan', namespace, labels: { app: 'family' } },
      spec: { containers: [{ name: 'c', image: 'demo' }] },
    });
    await client.replicaSets.create(replicaSet('family', 1));
    await eventually(
      'the orphan is adopted',
      async () => (await client.pods.get(orphan.metadata)).metadata.ownerReferences?.[0]?.name === 'family',
    );
    assert.equal((await podsOf('family')).length, 1);
    await client.pods.patch(orphan.metadata, 'merge', { metadata: { labels: { app: 'elsewhere' } } });
    await eventually(
      'it is let go',
      async () => (await client.pods.get(orphan.metadata)).metadata.ownerReferences === undefined,
    );
    await eventually('another takes its place', async () => (await podsOf('family')).length === 1);
  });

  it('counts ready and available pods', async () => {
    const { client, namespace } = api;
    await client.replicaSets.create(replicaSet('ready', 2));
    const pods = await eventually('there are 2', async () => {
      const list = await podsOf('ready');
      return list.length === 2 && list;
    });
    const now = new Date().toISOString();
    for (const pod of pods)
      await client.pods.patch(
        pod.metadata,
        'merge',
        { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: now }] } },
        { subresource: 'status' },
      );
    const { status } = await eventually('both are available', async () => {
      const rs = await client.replicaSets.get({ name: 'ready', namespace });
      return rs.status.availableReplicas === 2 && rs;
    });
    assert.deepEqual([status.readyReplicas, status.fullyLabeledReplicas, status.terminatingReplicas], [2, 2, 0]);
  });

  it('says why when pods cannot be made', async () => {
    const { client, namespace } = api;
    const broken = replicaSet('broken', 1);
    await client.replicaSets.create({
      ...broken,
      spec: {
        ...broken.spec,
        template: { ...broken.spec.template, metadata: { labels: { app: 'broken' }, finalizers: ['not a finalizer'] } },
      },
    });
    const { status } = await eventually('the failure is a condition', async () => {
      const rs = await client.replicaSets.get({ name: 'broken', namespace });
      return rs.status.conditions?.some(({ type }) => type === 'ReplicaFailure') && rs;
    });
    assert.equal(status.conditions?.[0]?.reason, 'FailedCreate');
  });
});
