import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { NotFound, isDeleting, sortKeys } from '@mkube/apimachinery';
import { type TestControllers, eventually, runControllers } from './testing/api.test.ts';
import { type Kubelet, runKubelet } from './testing/kubelet.test.ts';

describe('daemon sets, stateful sets and jobs', () => {
  let api: TestControllers;
  let kubelet: Kubelet;
  before(async () => {
    api = await runControllers({
      only: [
        'daemonset',
        'statefulset',
        'job',
        'cronjob',
        'ttl-after-finished',
        'replicationcontroller',
        'garbage-collector',
      ],
    });
    kubelet = runKubelet(api);
    for (const name of ['n1', 'n2']) {
      await api.client.nodes.create({ metadata: { name } });
      const condition = {
        type: 'Ready',
        status: 'True',
        lastHeartbeatTime: new Date().toISOString(),
        lastTransitionTime: new Date().toISOString(),
      };
      await api.client.nodes.patch(
        { name },
        'strategic',
        { status: { conditions: [condition] }, spec: { taints: [] } },
        { subresource: 'status' },
      );
      await api.client.nodes.patch({ name }, 'merge', { spec: { taints: null } });
    }
  });
  after(async () => {
    await kubelet.stop();
    await api.close();
  });

  const inside = (name: string) => ({ name, namespace: api.namespace });
  const template = (app: string, image = 'one', spec: object = {}) => ({
    metadata: { labels: { app } },
    spec: { containers: [{ name: 'c', image }], ...spec },
  });
  const podsOf = async (app: string) =>
    (await api.client.pods.list({ namespace: api.namespace, labelSelector: `app=${app}` })).items.filter(
      (pod) => !isDeleting(pod),
    );
  const gone = (look: () => Promise<unknown>) => async () => {
    try {
      await look();
      return false;
    } catch (error) {
      if (error instanceof NotFound) return true;
      throw error;
    }
  };

  it('run a daemon on every node, also on one that comes later, and roll a new image out', async () => {
    const { client } = api;
    await client.daemonSets.create({
      metadata: inside('agent'),
      spec: { selector: { matchLabels: { app: 'agent' } }, template: template('agent') },
    });
    const ready = (count: number) =>
      eventually(`${count} daemons are ready`, async () => {
        const { status, metadata } = await client.daemonSets.get(inside('agent'));
        const isCurrent = status.observedGeneration === metadata.generation && status.desiredNumberScheduled === count;
        return isCurrent && status.numberReady === count && status.updatedNumberScheduled === count;
      });
    await ready(2);
    await client.nodes.create({ metadata: { name: 'n3' } });
    await client.nodes.patch({ name: 'n3' }, 'merge', { spec: { taints: null } });
    await ready(3);
    assert.deepEqual((await podsOf('agent')).map(({ spec }) => spec.nodeName ?? '').toSorted(), ['n1', 'n2', 'n3']);
    await client.daemonSets.patch(inside('agent'), 'strategic', {
      spec: { template: { spec: { containers: [{ name: 'c', image: 'two' }] } } },
    });
    await ready(3);
    assert.ok((await podsOf('agent')).every(({ spec }) => spec.containers[0]?.image === 'two'));
    const { items } = await client.controllerRevisions.list({ namespace: api.namespace, labelSelector: 'app=agent' });
    assert.deepEqual(
      items.map(({ revision }) => revision).toSorted((x, y) => x - y),
      [1, 2],
    );
    for (const { data } of items)
      assert.equal(
        JSON.stringify(data),
        JSON.stringify(sortKeys(data)),
        'clients compare the text, whose keys are sorted',
      );
    await client.nodes.delete({ name: 'n3' });
  });

  it('bring a stateful set up in order with its claims, roll it out from the last, and take it down', async () => {
    const { client } = api;
    await client.statefulSets.create({
      metadata: inside('db'),
      spec: {
        replicas: 3,
        serviceName: 'db',
        selector: { matchLabels: { app: 'db' } },
        template: template('db'),
        volumeClaimTemplates: [
          {
            metadata: { name: 'data' },
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
          },
        ],
      },
    });
    const settled = (image: string, count: number) =>
      eventually(`${count} members run ${image}`, async () => {
        const { status, metadata } = await client.statefulSets.get(inside('db'));
        const pods = await podsOf('db');
        const all = pods.length === count && pods.every(({ spec }) => spec.containers[0]?.image === image);
        return (
          all &&
          status.observedGeneration === metadata.generation &&
          status.updateRevision === status.currentRevision &&
          (status.readyReplicas ?? 0) === count &&
          pods
        );
      });
    const pods = await settled('one', 3);
    const byAge = pods.toSorted((x, y) => Number(x.metadata.resourceVersion) - Number(y.metadata.resourceVersion));
    assert.deepEqual(
      byAge.map(({ metadata }) => metadata.name),
      ['db-0', 'db-1', 'db-2'],
    );
    await client.persistentVolumeClaims.get(inside('data-db-2'));
    await client.statefulSets.patch(inside('db'), 'strategic', {
      spec: { template: { spec: { containers: [{ name: 'c', image: 'two' }] } } },
    });
    await settled('two', 3);
    await client.statefulSets.patch(inside('db'), 'merge', { spec: { replicas: 1 } });
    await settled('two', 1);
    await client.persistentVolumeClaims.get(inside('data-db-2'));
  });

  it('run a job to its end, each completion counted once', async () => {
    const { client } = api;
    await client.jobs.create({
      metadata: inside('work'),
      spec: { completions: 7, parallelism: 3, template: template('work', 'succeed', { restartPolicy: 'Never' }) },
    });
    const { status } = await eventually('the job is complete', async () => {
      const job = await client.jobs.get(inside('work'));
      return job.status.conditions?.some(({ type }) => type === 'Complete') && job;
    });
    assert.deepEqual(
      [status.succeeded, status.failed, status.active, status.uncountedTerminatedPods],
      [7, undefined, undefined, {}],
    );
    assert.equal((await podsOf('work')).length, 7);
    await eventually('nothing is tracked any more', async () =>
      (await podsOf('work')).every(({ metadata }) => !metadata.finalizers),
    );
    await client.jobs.delete(inside('work'), { propagationPolicy: 'Background' });
    await eventually('its pods are gone', async () => (await podsOf('work')).length === 0);
  });

  it('fail a job whose pods fail, and forget it when its time is over', async () => {
    const { client } = api;
    await client.jobs.create({
      metadata: inside('bad'),
      spec: {
        backoffLimit: 0,
        ttlSecondsAfterFinished: 1,
        template: template('bad', 'fail', { restartPolicy: 'Never' }),
      },
    });
    const condition = await eventually('the job has failed', async () =>
      (await client.jobs.get(inside('bad'))).status.conditions?.find(({ type }) => type === 'Failed'),
    );
    assert.deepEqual(
      [condition.reason, condition.message],
      ['BackoffLimitExceeded', 'Job has reached the specified backoff limit'],
    );
    await eventually(
      'it is gone',
      gone(() => client.jobs.get(inside('bad'))),
    );
  });

  it('run indexed work, every index once', async () => {
    const { client } = api;
    await client.jobs.create({
      metadata: inside('indexed'),
      spec: {
        completionMode: 'Indexed',
        completions: 4,
        parallelism: 2,
        template: template('indexed', 'succeed', { restartPolicy: 'Never' }),
      },
    });
    const { status } = await eventually('the job is complete', async () => {
      const job = await client.jobs.get(inside('indexed'));
      return job.status.conditions?.some(({ type }) => type === 'Complete') && job;
    });
    assert.deepEqual([status.completedIndexes, status.succeeded], ['0-3', 4]);
  });

  it('free the pods of a job that is deleted without them', async () => {
    const { client } = api;
    await client.jobs.create({
      metadata: inside('left'),
      spec: { template: template('left', 'one', { restartPolicy: 'Never' }) },
    });
    await eventually('its pod is there', async () => (await podsOf('left')).length === 1);
    await client.jobs.delete(inside('left'), { propagationPolicy: 'Orphan' });
    await eventually('its pod is free', async () => (await podsOf('left'))[0]?.metadata.finalizers === undefined);
  });

  it('start what a schedule has missed', async () => {
    const { client } = api;
    await client.cronJobs.create({
      metadata: inside('tick'),
      spec: {
        schedule: '@every 1s',
        jobTemplate: { spec: { template: template('tick', 'succeed', { restartPolicy: 'Never' }) } },
      },
    });
    const { metadata } = await eventually('a job was started', async () =>
      (await client.jobs.list({ namespace: api.namespace })).items.find(
        ({ metadata: m }) => m.ownerReferences?.[0]?.name === 'tick',
      ),
    );
    assert.match(metadata.name, /^tick-[0-9]+$/);
    await eventually(
      'it is seen to have ended',
      async () => (await client.cronJobs.get(inside('tick'))).status.lastSuccessfulTime !== undefined,
    );
  });

  it('keep the pods of a replication controller', async () => {
    const { client } = api;
    await client.replicationControllers.create({
      metadata: inside('rc'),
      spec: { replicas: 2, selector: { app: 'rc' }, template: template('rc') },
    });
    const { status } = await eventually('2 are ready', async () => {
      const rc = await client.replicationControllers.get(inside('rc'));
      return rc.status.readyReplicas === 2 && rc;
    });
    assert.deepEqual([status.replicas, 'terminatingReplicas' in status], [2, false]);
  });
});
