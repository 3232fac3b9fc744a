import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { createClient, httpsTransport } from '@mkube/client';
import { createCluster, type EmbeddedCluster } from './create-cluster.ts';

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, `not in time: ${what}`);
    await wait(20);
  }
}

describe('a cluster in this process', () => {
  let cluster: EmbeddedCluster;
  before(async () => {
    cluster = await createCluster({ nodes: 2 });
  });
  after(() => cluster.close());

  it('has its nodes Ready, and runs a deployment on them', async () => {
    const { client } = cluster;
    await client
      .resource({ group: 'apps', version: 'v1', resource: 'deployments', kind: 'Deployment', namespaced: true })
      .create({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web', namespace: 'default' },
        spec: {
          replicas: 4,
          selector: { matchLabels: { app: 'web' } },
          template: {
            metadata: { labels: { app: 'web' } },
            spec: { containers: [{ name: 'app', image: 'any', command: ['sleep', 'infinity'] }] },
          },
        },
      } as never);
    await until('four pods run', async () => {
      const { items } = await client.pods.list({ namespace: 'default' });
      return items.filter((pod) => pod.status?.phase === 'Running').length === 4;
    });
    const { items } = await client.pods.list({ namespace: 'default' });
    assert.deepEqual(new Set(items.map((pod) => pod.spec?.nodeName)), new Set(['node-1', 'node-2']));
    const managers = items[0]?.metadata.managedFields?.map(({ manager }) => manager);
    assert.deepEqual(new Set(managers), new Set(['kube-controller-manager', 'kubelet']), 'each under its own name');
  });

  it('answers over HTTPS to whom its kubeconfig names', async () => {
    const config = JSON.parse(cluster.kubeconfig) as {
      clusters: { cluster: Record<string, string> }[];
      users: { user: Record<string, string> }[];
    };
    const text = (data: string | undefined) => Buffer.from(data ?? '', 'base64').toString();
    const { cluster: at, user } = { ...config.clusters[0], ...config.users[0] };
    const client = createClient(
      httpsTransport({
        server: at?.['server'] ?? '',
        ca: text(at?.['certificate-authority-data']),
        cert: text(user?.['client-certificate-data']),
        key: text(user?.['client-key-data']),
      }),
    );
    try {
      assert.equal((await client.nodes.list()).items.length, 2);
    } finally {
      await client.close();
    }
  });

  it('lives beside another of its kind', async () => {
    const other = await createCluster();
    try {
      assert.equal((await other.client.nodes.list()).items.length, 0);
      assert.notEqual(other.server, cluster.server);
    } finally {
      await other.close();
    }
  });
});
