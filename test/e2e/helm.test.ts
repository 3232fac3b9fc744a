// The real helm: a chart with fifteen kinds and a CustomResourceDefinition is installed, upgraded, rolled back and taken away.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type ClientCluster, helmPath, startClientCluster } from '../lib/embedded.ts';
import { repository } from '../lib/index.ts';

const helm = helmPath() ?? '';
const CHART = path.join(repository, 'test/testdata/chart');
const skip = helm ? false : 'no helm: node scripts/setup.mjs --tests';
const NAME = { name: 'web', namespace: 'shop' };

const WIDGETS = { group: 'shop.example.com', version: 'v1', resource: 'widgets', kind: 'Widget', namespaced: true };

describe('helm', { skip }, () => {
  let cluster: ClientCluster;
  before(async () => {
    cluster = await startClientCluster({ nodes: 1 });
  });
  after(() => cluster.close());
  const run = (...args: string[]) => cluster.must(helm, [...args, '--namespace', 'shop'], { timeoutMs: 120_000 });
  const greeting = async () => (await cluster.client.configMaps.get(NAME)).data?.['greeting'];
  const release = async () => {
    const [only] = JSON.parse(await run('list', '-o', 'json')) as Record<string, string>[];
    return only && { name: only['name'], revision: only['revision'], status: only['status'], chart: only['chart'] };
  };

  it('installs a chart and waits for what it made', async () => {
    const said = await run('install', 'web', CHART, '--create-namespace', '--wait', '--timeout', '60s');
    assert.match(said, /STATUS: deployed/);
    assert.deepEqual(await release(), { name: 'web', revision: '1', status: 'deployed', chart: 'shop-1.0.0' });
    assert.equal(await greeting(), 'hello');
    assert.equal((await cluster.client.deployments.get(NAME)).status?.readyReplicas, 1);
    const widget = (await cluster.client.resource(WIDGETS).get(NAME)) as { spec?: unknown };
    assert.deepEqual(widget.spec, { size: 3 }, 'the default of its definition is filled in');
    assert.match(await run('status', 'web'), /STATUS: deployed/);
    assert.match(await run('get', 'manifest', 'web'), /kind: NetworkPolicy/);
  });

  it('refuses a second release of the name', async () => {
    const { code, stderr } = await cluster.run(helm, ['install', 'web', CHART, '--namespace', 'shop']);
    assert.notEqual(code, 0);
    assert.match(stderr, /cannot reuse a name that is still in use/);
  });

  it('upgrades with other values, and rolls back', async () => {
    await run('upgrade', 'web', CHART, '--set', 'greeting=changed,replicas=2', '--wait', '--timeout', '60s');
    assert.equal(await greeting(), 'changed');
    assert.equal((await cluster.client.deployments.get(NAME)).status?.readyReplicas, 2);
    await run('rollback', 'web', '1', '--wait', '--timeout', '60s');
    assert.equal(await greeting(), 'hello');
    assert.equal((await cluster.client.deployments.get(NAME)).spec.replicas, 1);
    assert.deepEqual(await release(), { name: 'web', revision: '3', status: 'deployed', chart: 'shop-1.0.0' });
    assert.equal((JSON.parse(await run('history', 'web', '-o', 'json')) as unknown[]).length, 3);
  });

  it('takes everything away again', async () => {
    assert.match(await run('uninstall', 'web', '--wait', '--timeout', '60s'), /release "web" uninstalled/);
    assert.equal(await release(), undefined);
    const { client } = cluster;
    const lists = await Promise.all([
      client.deployments.list({ namespace: 'shop' }),
      client.services.list({ namespace: 'shop' }),
      client.networkPolicies.list({ namespace: 'shop' }),
      client.secrets.list({ namespace: 'shop' }),
    ]);
    assert.deepEqual(
      lists.map(({ items }) => items.length),
      [0, 0, 0, 0],
    );
  });
});
