// A program written with the JavaScript client, under a service account's token and its own Role: it watches ConfigMaps through an
// informer and keeps a copy of each that asks for one.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CoreV1Api, KubeConfig, type V1ConfigMap, makeInformer } from '@kubernetes/client-node';
import { type ClientCluster, startClientCluster } from '../lib/embedded.ts';
import { eventually } from '../lib/index.ts';

const NAMESPACE = 'shop';
const ACCOUNT = 'copier';
const LABEL = 'example.com/copy';

/** The operator: what it may do is the Role's to say, so it reads and writes ConfigMaps of one namespace alone. */
async function startOperator(
  config: KubeConfig,
  onError: (error: unknown) => void,
): Promise<{ stop(): Promise<void> }> {
  const api = config.makeApiClient(CoreV1Api);
  const list = () => api.listNamespacedConfigMap({ namespace: NAMESPACE, labelSelector: LABEL });
  const path = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
  const informer = makeInformer(config, path, list, LABEL);
  const reconcile = async ({ metadata, data }: V1ConfigMap): Promise<void> => {
    const name = metadata?.labels?.[LABEL] ?? '';
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: metadata?.name ?? '', uid: metadata?.uid ?? '' };
    const body = { metadata: { name, ownerReferences: [owner] }, ...(data && { data }) };
    try {
      await api.replaceNamespacedConfigMap({ namespace: NAMESPACE, name, body });
    } catch (error) {
      if ((error as { code?: number }).code !== 404) throw error;
      await api.createNamespacedConfigMap({ namespace: NAMESPACE, body });
    }
  };
  const onChange = (object: V1ConfigMap) => void reconcile(object).catch(onError);
  informer.on('add', onChange);
  informer.on('update', onChange);
  informer.on('error', onError);
  await informer.start();
  return { stop: () => informer.stop() };
}

describe('an operator of the JavaScript client', () => {
  let cluster: ClientCluster;
  let config: KubeConfig;
  const errors: unknown[] = [];
  before(async () => {
    cluster = await startClientCluster();
    const { client } = cluster;
    const rbac = 'rbac.authorization.k8s.io';
    await client.namespaces.create({ metadata: { name: NAMESPACE } });
    await client.serviceAccounts.create({ metadata: { name: ACCOUNT, namespace: NAMESPACE } });
    await client.roles.create({
      metadata: { name: ACCOUNT, namespace: NAMESPACE },
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch', 'create', 'update'] }],
    });
    await client.roleBindings.create({
      metadata: { name: ACCOUNT, namespace: NAMESPACE },
      roleRef: { apiGroup: rbac, kind: 'Role', name: ACCOUNT },
      subjects: [{ kind: 'ServiceAccount', name: ACCOUNT, namespace: NAMESPACE }],
    });
    config = await configOfAccount(cluster);
  });
  after(() => cluster.close());

  it('copies what asks for a copy, follows its changes, and is told no outside its rights', async () => {
    const operator = await startOperator(config, (error) => errors.push(error));
    try {
      const { configMaps } = cluster.client;
      const copy = async () =>
        (await configMaps.list({ namespace: NAMESPACE })).items.find((c) => c.metadata.name === 'copy');
      const metadata = { name: 'original', namespace: NAMESPACE, labels: { [LABEL]: 'copy' } };
      const original = await configMaps.create({ metadata, data: { greeting: 'one' } });
      const first = await eventually('the copy', copy);
      assert.equal(first.data?.['greeting'], 'one');
      await configMaps.update({ ...original, data: { greeting: 'two' } });
      const second = await eventually('the change', async () => {
        const now = await copy();
        return now?.data?.['greeting'] === 'two' ? now : undefined;
      });
      assert.equal(second.metadata.managedFields?.length, 1);

      const api = config.makeApiClient(CoreV1Api);
      await assert.rejects(api.listNamespacedSecret({ namespace: NAMESPACE }), { code: 403 });
      await assert.rejects(api.listNamespacedConfigMap({ namespace: 'default' }), { code: 403 });
      await assert.rejects(api.deleteNamespacedConfigMap({ namespace: NAMESPACE, name: 'copy' }), { code: 403 });
      assert.deepEqual(errors, []);

      await configMaps.delete(original.metadata);
      await eventually('the garbage collector takes the copy', async () => !(await copy()));
    } finally {
      await operator.stop();
    }
  });

  it('is turned away when its account is gone', async () => {
    await cluster.client.serviceAccounts.delete({ name: ACCOUNT, namespace: NAMESPACE });
    const api = config.makeApiClient(CoreV1Api);
    await eventually('401', () =>
      api.listNamespacedConfigMap({ namespace: NAMESPACE }).then(
        () => false,
        (error: unknown) => (error as { code?: number }).code === 401,
      ),
    );
  });
});

/** As a pod would have it: the server, its authority, and a token of the account. */
async function configOfAccount({ server, kubeconfig }: ClientCluster): Promise<KubeConfig> {
  const admin = new KubeConfig();
  admin.loadFromString(kubeconfig);
  const { status } = await admin
    .makeApiClient(CoreV1Api)
    .createNamespacedServiceAccountToken({ namespace: NAMESPACE, name: ACCOUNT, body: { spec: { audiences: [] } } });
  const config = new KubeConfig();
  const caData = admin.getCurrentCluster()?.caData;
  config.loadFromClusterAndUser(
    { name: 'cluster', server, skipTLSVerify: false, ...(caData !== undefined && { caData }) },
    { name: ACCOUNT, token: status?.token ?? '' },
  );
  return config;
}
