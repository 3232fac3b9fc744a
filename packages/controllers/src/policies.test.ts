import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { NotFound } from '@mkube/apimachinery';
import { type TestControllers, eventually, runControllers } from './testing/api.test.ts';
import { type Kubelet, runKubelet } from './testing/kubelet.test.ts';

describe('budgets, quotas, volumes and roles', () => {
  let api: TestControllers;
  let kubelet: Kubelet;
  let volumesRoot = '';
  before(async () => {
    volumesRoot = await mkdtemp(path.join(os.tmpdir(), `volumes-${randomBytes(3).toString('hex')}-`));
    api = await runControllers({ flags: { volumesRoot } });
    kubelet = runKubelet(api);
  });
  after(async () => {
    await kubelet.stop();
    await api.close();
    await rm(volumesRoot, { recursive: true, force: true });
  });

  const inside = (name: string) => ({ name, namespace: api.namespace });
  const gone = (look: () => Promise<unknown>) => async () => {
    try {
      await look();
      return false;
    } catch (error) {
      if (error instanceof NotFound) return true;
      throw error;
    }
  };
  const containers = [
    { name: 'c', image: 'demo', resources: { requests: { cpu: '250m' }, limits: { memory: '64Mi' } } },
  ];

  it('fill the roles that gather others', async () => {
    const rules = async () => (await api.client.clusterRoles.get({ name: 'admin' })).rules ?? [];
    await eventually('admin may do things', async () => (await rules()).length > 5);
    await api.client.clusterRoles.create({
      metadata: { name: 'widgets', labels: { 'rbac.authorization.k8s.io/aggregate-to-admin': 'true' } },
      rules: [{ apiGroups: ['example.com'], resources: ['widgets'], verbs: ['*'] }],
    });
    await eventually('admin may do one thing more', async () =>
      (await rules()).some(({ resources }) => resources?.includes('widgets')),
    );
  });

  it('say how many pods may be evicted, and let no more go', async () => {
    const { client, namespace } = api;
    await client.podDisruptionBudgets.create({
      metadata: inside('guard'),
      spec: { maxUnavailable: 1, selector: { matchLabels: { app: 'guarded' } } },
    });
    await client.deployments.create({
      metadata: inside('guarded'),
      spec: {
        replicas: 3,
        selector: { matchLabels: { app: 'guarded' } },
        template: { metadata: { labels: { app: 'guarded' } }, spec: { containers } },
      },
    });
    const { status } = await eventually('one may go', async () => {
      const budget = await client.podDisruptionBudgets.get(inside('guard'));
      return budget.status.disruptionsAllowed === 1 && budget;
    });
    assert.deepEqual([status.expectedPods, status.desiredHealthy, status.currentHealthy], [3, 2, 3]);
    assert.equal(status.conditions?.[0]?.reason, 'SufficientPods');
    await client.pods.deleteCollection({ namespace, labelSelector: 'app=guarded' });
    await client.deployments.delete(inside('guarded'));
  });

  it('count what a quota limits', async () => {
    const { client } = api;
    await client.resourceQuotas.create({
      metadata: inside('limits'),
      spec: {
        hard: {
          pods: '10',
          'requests.cpu': '4',
          'limits.memory': '1Gi',
          services: '5',
          'count/configmaps': '20',
          secrets: '3',
        },
      },
    });
    await eventually(
      'the quota counts',
      async () => (await client.resourceQuotas.get(inside('limits'))).status.used?.['pods'] === '0',
    );
    await client.pods.create({ metadata: { ...inside('counted'), labels: { app: 'counted' } }, spec: { containers } });
    const used = await eventually('the pod is counted', async () => {
      const quota = await client.resourceQuotas.get(inside('limits'));
      return quota.status.used?.['pods'] === '1' && quota.status.used;
    });
    assert.deepEqual(
      [used['requests.cpu'], used['limits.memory'], used['services'], used['secrets']],
      ['250m', '64Mi', '0', '0'],
    );
    await client.pods.delete(inside('counted'));
    await eventually(
      'it is counted no more',
      async () => (await client.resourceQuotas.get(inside('limits'))).status.used?.['pods'] === '0',
    );
    await client.resourceQuotas.delete(inside('limits'));
  });

  it('count a claim for the class of volume attributes that it is to have and for the one that it still has', async () => {
    const { client } = api;
    const used = async (name: string) =>
      (await client.resourceQuotas.get(inside(name))).status.used?.['persistentvolumeclaims'];
    for (const name of ['gold', 'silver'])
      await client.resourceQuotas.create({
        metadata: inside(name),
        spec: {
          hard: { persistentvolumeclaims: '1' },
          scopeSelector: { matchExpressions: [{ scopeName: 'VolumeAttributesClass', operator: 'In', values: [name] }] },
        },
      });
    for (const name of ['gold', 'silver']) await eventually(`${name} counts`, async () => (await used(name)) === '0');
    await client.persistentVolumeClaims.create({
      metadata: inside('classed'),
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: '',
        resources: { requests: { storage: '1Gi' } },
        volumeAttributesClassName: 'gold',
      },
    });
    const has = async (currentVolumeAttributesClassName: string) =>
      client.persistentVolumeClaims.updateStatus({
        ...(await client.persistentVolumeClaims.get(inside('classed'))),
        status: { phase: 'Bound', currentVolumeAttributesClassName, capacity: { storage: '1Gi' } },
      });
    await client.persistentVolumes.create({
      metadata: { name: 'golden' },
      spec: {
        accessModes: ['ReadWriteOnce'],
        capacity: { storage: '1Gi' },
        csi: { driver: 'disks.example.com', volumeHandle: 'h' },
        volumeAttributesClassName: 'gold',
      },
    });
    const claim = await eventually('it is bound to a volume of its class', async () => {
      const found = await client.persistentVolumeClaims.get(inside('classed'));
      return found.status.currentVolumeAttributesClassName === 'gold' && found;
    });
    await client.persistentVolumeClaims.update({
      ...claim,
      spec: { ...claim.spec, volumeAttributesClassName: 'silver' },
    });
    await eventually('both count it', async () => (await used('gold')) === '1' && (await used('silver')) === '1');
    await has('silver');
    await eventually('the old one counts it no more', async () => (await used('gold')) === '0');
    assert.equal(await used('silver'), '1');
    await client.persistentVolumeClaims.delete(inside('classed'));
    await eventually(
      'the claim is gone',
      async () => (await client.persistentVolumeClaims.list({ namespace: api.namespace })).items.length === 0,
    );
    for (const name of ['gold', 'silver']) await client.resourceQuotas.delete(inside(name));
  });
  it('leave what was taken of a quota until something is given back', async () => {
    const { client } = api;
    const quota = () => client.resourceQuotas.get(inside('taken'));
    await client.resourceQuotas.create({ metadata: inside('taken'), spec: { hard: { pods: '9' } } });
    await eventually('the quota counts', async () => (await quota()).status.used?.['pods'] === '0');
    // As admission does it for pods that are not stored yet.
    await client.resourceQuotas.updateStatus({
      ...(await quota()),
      status: { hard: { pods: '9' }, used: { pods: '5' } },
    });
    await client.pods.create({ metadata: inside('sixth'), spec: { containers } });
    await eventually('the pod runs', async () => (await client.pods.get(inside('sixth'))).status.phase === 'Running');
    assert.deepEqual((await quota()).status.used, { pods: '6' });
    await client.pods.delete(inside('sixth'));
    await eventually('what goes is counted', async () => (await quota()).status.used?.['pods'] === '0');
    await client.resourceQuotas.delete(inside('taken'));
  });

  it('bind a claim to a volume, keep both while they are in use, and let the volume go with the claim', async () => {
    const { client } = api;
    await client.persistentVolumes.create({
      metadata: { name: 'disk' },
      spec: {
        capacity: { storage: '2Gi' },
        accessModes: ['ReadWriteOnce'],
        hostPath: { path: '/nowhere' },
        persistentVolumeReclaimPolicy: 'Retain',
      },
    });
    await client.persistentVolumeClaims.create({
      metadata: inside('static'),
      spec: { storageClassName: '', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    });
    const bound = await eventually('the claim is bound', async () => {
      const claim = await client.persistentVolumeClaims.get(inside('static'));
      return claim.status.phase === 'Bound' && claim;
    });
    assert.deepEqual([bound.spec.volumeName, bound.status.capacity], ['disk', { storage: '2Gi' }]);
    const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'static' } }];
    await client.pods.create({
      metadata: inside('user'),
      spec: { nodeName: 'n', containers: [{ name: 'c', image: 'demo' }], volumes },
    });
    await eventually('the claim is protected', async () =>
      (await client.persistentVolumeClaims.get(inside('static'))).metadata.finalizers?.includes(
        'kubernetes.io/pvc-protection',
      ),
    );
    await client.persistentVolumeClaims.delete(inside('static'));
    assert.ok((await client.persistentVolumeClaims.get(inside('static'))).metadata.deletionTimestamp);
    await client.pods.delete(inside('user'), { gracePeriodSeconds: 0 });
    await eventually(
      'the claim is gone',
      gone(() => client.persistentVolumeClaims.get(inside('static'))),
    );
    await eventually(
      'the volume is released',
      async () => (await client.persistentVolumes.get({ name: 'disk' })).status.phase === 'Released',
    );
    await client.persistentVolumes.delete({ name: 'disk' });
    await eventually(
      'the volume is gone',
      gone(() => client.persistentVolumes.get({ name: 'disk' })),
    );
  });

  it('let a volume go that was deleted before its claim, once that has gone', async () => {
    const { client } = api;
    const disk = { name: 'early' };
    await client.persistentVolumes.create({
      metadata: disk,
      spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/nowhere' } },
    });
    await client.persistentVolumeClaims.create({
      metadata: inside('last'),
      spec: { storageClassName: '', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    });
    await eventually(
      'the claim is bound',
      async () => (await client.persistentVolumeClaims.get(inside('last'))).status.phase === 'Bound',
    );
    await client.persistentVolumes.delete(disk);
    assert.ok((await client.persistentVolumes.get(disk)).metadata.deletionTimestamp, 'it is bound');
    await client.persistentVolumeClaims.delete(inside('last'));
    await eventually(
      'the volume is gone',
      gone(() => client.persistentVolumes.get(disk)),
    );
  });
  it('make a volume when a node has been chosen for the claim, and delete it with its data', async () => {
    const { client } = api;
    await eventually('the standard class is there', () => client.storageClasses.get({ name: 'standard' }));
    await client.persistentVolumeClaims.create({
      metadata: inside('made'),
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    });
    await eventually('it waits', async () =>
      (await client.events.list({ namespace: api.namespace })).items.some(
        ({ involvedObject, reason }) => involvedObject.name === 'made' && reason === 'WaitForFirstConsumer',
      ),
    );
    await client.persistentVolumeClaims.patch(inside('made'), 'merge', {
      metadata: { annotations: { 'volume.kubernetes.io/selected-node': 'n1' } },
    });
    const { spec } = await eventually('the claim is bound', async () => {
      const claim = await client.persistentVolumeClaims.get(inside('made'));
      return claim.status.phase === 'Bound' && claim;
    });
    const name = spec.volumeName ?? '';
    const folder = path.join(volumesRoot, name);
    assert.equal((await client.persistentVolumes.get({ name })).spec.hostPath?.path, folder);
    await mkdir(folder);
    await writeFile(path.join(folder, 'data'), 'x');
    await client.persistentVolumeClaims.delete(inside('made'));
    await eventually(
      'the volume is gone',
      gone(() => client.persistentVolumes.get({ name })),
    );
    await assert.rejects(access(folder), /ENOENT/);
  });

  it('make the claims of ephemeral volumes, which go with their pod', async () => {
    const { client } = api;
    const volumeClaimTemplate = {
      spec: { accessModes: ['ReadWriteOnce' as const], resources: { requests: { storage: '1Gi' } } },
    };
    await client.pods.create({
      metadata: inside('scratch'),
      spec: {
        containers: [{ name: 'c', image: 'demo' }],
        volumes: [{ name: 'tmp', ephemeral: { volumeClaimTemplate } }],
      },
    });
    await eventually('the claim is there', () => client.persistentVolumeClaims.get(inside('scratch-tmp')));
    await client.pods.delete(inside('scratch'), { gracePeriodSeconds: 0 });
    await eventually(
      'the claim is gone',
      gone(() => client.persistentVolumeClaims.get(inside('scratch-tmp'))),
    );
  });

  it('mirror endpoints that somebody writes', async () => {
    const { client, namespace } = api;
    await client.services.create({ metadata: inside('outside'), spec: { ports: [{ port: 80 }] } });
    await client.endpoints.create({
      metadata: inside('outside'),
      subsets: [{ addresses: [{ ip: '192.0.2.1' }], ports: [{ port: 8080 }] }],
    });
    const slices = async () =>
      (await client.endpointSlices.list({ namespace, labelSelector: 'kubernetes.io/service-name=outside' })).items;
    const [slice] = await eventually('there is a slice', async () => {
      const all = await slices();
      return all.length === 1 && all;
    });
    assert.deepEqual([slice?.endpoints?.[0]?.addresses, slice?.ports?.[0]?.port], [['192.0.2.1'], 8080]);
    await client.endpoints.delete(inside('outside'));
    await eventually('the slice is gone', async () => (await slices()).length === 0);
  });
});
