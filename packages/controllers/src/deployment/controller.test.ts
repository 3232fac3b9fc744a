import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Deployment, Pod, ReplicaSet } from '@mkube/api';
import { isDeleting } from '@mkube/apimachinery';
import { type TestControllers, eventually, runControllers } from '../testing/api.test.ts';
import { type Kubelet, runKubelet } from '../testing/kubelet.test.ts';

describe('the Deployment controller', () => {
  let api: TestControllers;
  let kubelet: Kubelet;
  before(async () => {
    api = await runControllers({ only: ['replicaset', 'deployment'] });
    kubelet = runKubelet(api);
  });
  after(async () => {
    await kubelet.stop();
    await api.close();
  });

  const create = (name: string, spec: object = {}) =>
    api.client.deployments.create({
      metadata: { name, namespace: api.namespace },
      spec: {
        replicas: 4,
        selector: { matchLabels: { app: name } },
        template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'one' }] } },
        ...spec,
      },
    });
  const get = (name: string): Promise<Deployment> => api.client.deployments.get({ name, namespace: api.namespace });
  const patch = (name: string, spec: object) =>
    api.client.deployments.patch({ name, namespace: api.namespace }, 'strategic', { spec });
  const setImage = (name: string, image: string) =>
    patch(name, { template: { spec: { containers: [{ name: 'c', image }] } } });
  const setsOf = async (app: string): Promise<ReplicaSet[]> =>
    (await api.client.replicaSets.list({ namespace: api.namespace, labelSelector: `app=${app}` })).items;
  const podsOf = async (app: string): Promise<Pod[]> =>
    (await api.client.pods.list({ namespace: api.namespace, labelSelector: `app=${app}` })).items.filter(
      (pod) => !isDeleting(pod),
    );
  const complete = (name: string, image: string) =>
    eventually(`${name} runs ${image}`, async () => {
      const { status, metadata, spec } = await get(name);
      const pods = await podsOf(name);
      const isRolledOut =
        status.updatedReplicas === spec.replicas &&
        status.replicas === spec.replicas &&
        status.availableReplicas === spec.replicas;
      return (
        isRolledOut &&
        status.observedGeneration === metadata.generation &&
        pods.every((p) => p.spec.containers[0]?.image === image) &&
        status
      );
    });
  const messagesOf = async (name: string) =>
    (await api.client.events.list({ namespace: api.namespace })).items
      .filter((e) => e.involvedObject.name === name)
      .map((e) => e.message);

  it('brings up its pods and says so', async () => {
    await create('web');
    const status = await complete('web', 'one');
    assert.deepEqual(
      status.conditions?.map(({ type, status: value, reason }) => `${type} ${value} ${reason}`).toSorted(),
      ['Available True MinimumReplicasAvailable', 'Progressing True NewReplicaSetAvailable'],
    );
    const [rs] = await setsOf('web');
    assert.ok(rs);
    const hash = rs.metadata.labels?.['pod-template-hash'];
    assert.equal(rs.metadata.name, `web-${hash}`);
    assert.equal(rs.spec.selector.matchLabels?.['pod-template-hash'], hash);
    assert.equal((await get('web')).metadata.annotations?.['deployment.kubernetes.io/revision'], '1');
    await eventually('there is an event', async () =>
      (await messagesOf('web')).includes(`Scaled up replica set web-${hash} from 0 to 4`),
    );
  });

  it('rolls a new image out without ever having too few or too many pods, and back again', async () => {
    await create('roll');
    await complete('roll', 'one');
    kubelet.watchBounds('roll', { least: 3, most: 5 });
    await setImage('roll', 'two');
    await complete('roll', 'two');
    await setImage('roll', 'one');
    await complete('roll', 'one');
    assert.deepEqual(kubelet.faults, []);
    const sets = await setsOf('roll');
    assert.deepEqual(
      sets
        .map(({ metadata }) => Number(metadata.annotations?.['deployment.kubernetes.io/revision']))
        .toSorted((a, b) => a - b),
      [2, 3],
    );
    const annotations = (await get('roll')).metadata.annotations;
    assert.equal(annotations?.['deployment.kubernetes.io/revision'], '3');
    assert.equal(
      sets.find(({ spec }) => spec.replicas === 4)?.metadata.annotations?.['deployment.kubernetes.io/revision-history'],
      '1',
    );
  });

  it('with Recreate has no two revisions at work at once', async () => {
    await create('again', { strategy: { type: 'Recreate' } });
    await complete('again', 'one');
    kubelet.watchImages('again');
    await setImage('again', 'two');
    await complete('again', 'two');
    assert.deepEqual(kubelet.faults, []);
  });

  it('scales, and does nothing while it is paused but that', async () => {
    await create('pause');
    await complete('pause', 'one');
    await patch('pause', { paused: true });
    await setImage('pause', 'two');
    await patch('pause', { replicas: 2 });
    await eventually('2 are left', async () => (await podsOf('pause')).length === 2);
    assert.equal((await setsOf('pause')).length, 1);
    await patch('pause', { paused: false });
    await complete('pause', 'two');
  });

  it('keeps no more old ReplicaSets than it is told to', async () => {
    await create('short', { replicas: 1, revisionHistoryLimit: 1 });
    for (const image of ['one', 'two', 'three', 'four']) {
      await setImage('short', image);
      await complete('short', image);
    }
    await eventually('one old ReplicaSet is left', async () => (await setsOf('short')).length === 2);
  });
});
