import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Forbidden, NotFound } from '@mkube/apimachinery';
import { type TestControllers, eventually, runControllers } from './testing/api.test.ts';
import { type Kubelet, runKubelet } from './testing/kubelet.test.ts';

const gone = (look: () => Promise<unknown>) => async () => {
  try {
    await look();
    return false;
  } catch (error) {
    if (error instanceof NotFound) return true;
    throw error;
  }
};

describe('all controllers together', () => {
  let api: TestControllers;
  let kubelet: Kubelet;
  before(async () => {
    api = await runControllers({ flags: { rootCa: 'THE CA', apiServer: { host: '172.16.0.1', port: 6443 } } });
    kubelet = runKubelet(api);
  });
  after(async () => {
    await kubelet.stop();
    await api.close();
  });

  const containers = [{ name: 'c', image: 'demo' }];
  const inside = (name: string, namespace = api.namespace) => ({ name, namespace });

  it('give every namespace a service account and the CA, again when they are deleted or changed', async () => {
    const { client } = api;
    const ca = () => client.configMaps.get(inside('kube-root-ca.crt'));
    await eventually('the CA is there', async () => (await ca()).data?.['ca.crt'] === 'THE CA');
    await client.configMaps.update({ ...(await ca()), data: { 'ca.crt': 'another' } });
    await eventually('the CA is back', async () => (await ca()).data?.['ca.crt'] === 'THE CA');
    const { metadata } = await client.serviceAccounts.get(inside('default'));
    await client.serviceAccounts.delete(metadata);
    await eventually(
      'the account is back',
      async () => (await client.serviceAccounts.get(inside('default'))).metadata.uid !== metadata.uid,
    );
  });

  it('publish the API server as default/kubernetes', async () => {
    const { client } = api;
    const at = inside('kubernetes', 'default');
    const service = await eventually('the service is there', () => client.services.get(at));
    assert.equal(service.spec.clusterIP, '10.96.0.1');
    const endpoints = await eventually('its endpoints are there', () => client.endpoints.get(at));
    assert.deepEqual(endpoints.subsets, [
      { addresses: [{ ip: '172.16.0.1' }], ports: [{ name: 'https', port: 6443, protocol: 'TCP' }] },
    ]);
    const slice = await eventually('its slice is there', () => client.endpointSlices.get(at));
    assert.deepEqual(
      slice.endpoints?.map(({ addresses }) => addresses),
      [['172.16.0.1']],
    );
    await client.endpoints.delete(at);
    await eventually(
      'they are back',
      async () => (await client.endpoints.get(at)).metadata.uid !== endpoints.metadata.uid,
    );
  });

  it('keep endpoints equal to the ready pods of a service, within a second', async () => {
    const { client, namespace } = api;
    const labels = { app: 'served' };
    await client.services.create({
      metadata: { name: 'served', namespace },
      spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
    });
    const pod = await client.pods.create({ metadata: { name: 'served', namespace, labels }, spec: { containers } });
    const addresses = async () => {
      const endpoints = await client.endpoints.get(inside('served'));
      const slices = await client.endpointSlices.list({
        namespace,
        labelSelector: 'kubernetes.io/service-name=served',
      });
      const inSlices = slices.items
        .flatMap(({ endpoints: all }) => all ?? [])
        .filter(({ conditions }) => conditions.ready);
      return [
        endpoints.subsets?.flatMap(({ addresses: ready }) => ready ?? []).map(({ ip }) => ip) ?? [],
        inSlices.flatMap(({ addresses: ips }) => ips),
      ];
    };
    await eventually('the pod is served', async () => (await addresses()).every((ips) => ips.length === 1), 1000);
    const condition = { type: 'Ready', status: 'False', lastTransitionTime: new Date().toISOString() };
    await client.pods.patch(
      pod.metadata,
      'strategic',
      { status: { conditions: [condition] } },
      { subresource: 'status' },
    );
    await eventually('it is served no longer', async () => (await addresses()).every((ips) => ips.length === 0), 1000);
    await client.services.delete(inside('served'));
    await eventually(
      'its slices are gone',
      async () =>
        (await client.endpointSlices.list({ namespace, labelSelector: 'kubernetes.io/service-name=served' })).items
          .length === 0,
    );
    await eventually(
      'its endpoints are gone',
      gone(() => client.endpoints.get(inside('served'))),
    );
  });

  const deployment = (name: string) => ({
    metadata: inside(name),
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers } },
    },
  });
  const owned = async (name: string) => {
    const query = { namespace: api.namespace, labelSelector: `app=${name}` };
    return { sets: (await api.client.replicaSets.list(query)).items, pods: (await api.client.pods.list(query)).items };
  };
  const up = (name: string) =>
    eventually(`${name} has 2 pods`, async () => {
      const { pods, sets } = await owned(name);
      return pods.length === 2 && sets[0]?.status.replicas === 2;
    });

  it('delete what a deleted Deployment owned', async () => {
    await api.client.deployments.create(deployment('background'));
    await up('background');
    await api.client.deployments.delete(inside('background'));
    await eventually('nothing is left', async () => {
      const { sets, pods } = await owned('background');
      return sets.length + pods.length === 0;
    });
  });

  it('delete an owner in the foreground only after what it owned', async () => {
    const { client } = api;
    await client.deployments.create(deployment('foreground'));
    await up('foreground');
    const going = await client.deployments.delete(inside('foreground'), { propagationPolicy: 'Foreground' });
    assert.deepEqual(going?.metadata.finalizers, ['foregroundDeletion']);
    await eventually(
      'the owner is gone',
      gone(() => client.deployments.get(inside('foreground'))),
    );
    const { sets, pods } = await owned('foreground');
    assert.equal(sets.length + pods.length, 0);
  });

  it('leave what an owner had when it is deleted as an orphan', async () => {
    const { client } = api;
    await client.deployments.create(deployment('orphan'));
    await up('orphan');
    await client.deployments.delete(inside('orphan'), { propagationPolicy: 'Orphan' });
    await eventually(
      'the owner is gone',
      gone(() => client.deployments.get(inside('orphan'))),
    );
    const { sets, pods } = await owned('orphan');
    assert.deepEqual([sets.length, pods.length, sets[0]?.metadata.ownerReferences], [1, 2, undefined]);
  });

  it('delete an object with two owners only when both are gone', async () => {
    const { client, namespace } = api;
    const owners = [];
    for (const name of ['first', 'second'])
      owners.push(await client.configMaps.create({ metadata: { name, namespace } }));
    const ownerReferences = owners.map(({ metadata: { name, uid } }) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name,
      uid,
    }));
    await client.secrets.create({ metadata: { name: 'shared', namespace, ownerReferences } });
    await client.configMaps.delete(inside('first'));
    await eventually(
      'the lost owner is not named any more',
      async () => (await client.secrets.get(inside('shared'))).metadata.ownerReferences?.length === 1,
    );
    await client.configMaps.delete(inside('second'));
    await eventually(
      'the object is gone',
      gone(() => client.secrets.get(inside('shared'))),
    );
  });

  it('delete an object whose owner never was', async () => {
    const { client, namespace } = api;
    const ownerReferences = [
      { apiVersion: 'v1', kind: 'ConfigMap', name: 'nobody', uid: '00000000-0000-4000-8000-000000000000' },
    ];
    await client.secrets.create({ metadata: { name: 'dangling', namespace, ownerReferences } });
    await eventually(
      'it is gone',
      gone(() => client.secrets.get(inside('dangling'))),
    );
  });

  it('empty a namespace, pods first, and let it go', async () => {
    const { client } = api;
    const name = `${api.namespace}-going`;
    await client.namespaces.create({ metadata: { name } });
    await eventually('pods may be made', () => client.serviceAccounts.get({ name: 'default', namespace: name }));
    await client.configMaps.create({ metadata: { name: 'held', namespace: name, finalizers: ['example.com/hold'] } });
    await client.pods.create({ metadata: { name: 'pod', namespace: name }, spec: { containers } });
    await client.namespaces.delete({ name });
    await assert.rejects(client.configMaps.create({ metadata: { name: 'late', namespace: name } }), Forbidden);
    const held = await eventually('it says what it waits for', async () => {
      const { status } = await client.namespaces.get({ name });
      return status.conditions?.find(
        ({ type, status: value }) => type === 'NamespaceFinalizersRemaining' && value === 'True',
      );
    });
    assert.equal(
      held.message,
      'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
    );
    await client.configMaps.patch({ name: 'held', namespace: name }, 'merge', { metadata: { finalizers: null } });
    await eventually(
      'the namespace is gone',
      gone(() => client.namespaces.get({ name })),
    );
  });
});
