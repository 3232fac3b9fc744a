// kubectl of the two minor versions before, against a whole cluster: they say and find what they are used to.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type ClientCluster, startClientCluster } from '../lib/embedded.ts';
import { kubectlPath } from '../lib/index.ts';

const DEPLOYMENT = (image: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'front', labels: { app: 'front' } },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'front' } },
    template: {
      metadata: { labels: { app: 'front' } },
      spec: { containers: [{ name: 'web', image, ports: [{ containerPort: 8080 }] }] },
    },
  },
});

for (const minor of [33, 34]) {
  const kubectl = kubectlPath(minor) ?? '';
  const skip = kubectl ? false : `no kubectl 1.${minor}: node scripts/setup.mjs --tests`;
  describe(`kubectl 1.${minor}`, { skip }, () => {
    let cluster: ClientCluster;
    before(async () => {
      cluster = await startClientCluster({ nodes: 1 });
    });
    after(() => cluster.close());
    const run = (...args: string[]) => cluster.must(kubectl, args);
    const apply = (manifest: object, ...args: string[]) =>
      cluster.must(kubectl, ['apply', ...args, '-f', '-'], { input: JSON.stringify(manifest) });

    it('creates, gets, describes and explains', async () => {
      assert.match(await run('version'), /Server Version: v1\.35\./);
      assert.equal(await run('create', 'namespace', 'shop'), 'namespace/shop created\n');
      assert.equal(await run('create', 'configmap', 'c', '--from-literal=a=1'), 'configmap/c created\n');
      assert.equal(await run('get', 'configmap', 'c', '-o', 'jsonpath={.data.a}'), '1');
      assert.match(await run('get', 'nodes', '-o', 'wide'), /^node-1 +Ready /m);
      assert.match(await run('describe', 'configmap', 'c'), /^a:\n----\n1$/m);
      assert.match(await run('explain', 'deployment.spec.replicas'), /FIELD: replicas <integer>/);
      assert.match(
        await run('api-resources', '--api-group=apps'),
        /^deployments +deploy +apps\/v1 +true +Deployment$/m,
      );
    });

    it('applies both ways, waits, and sees the rollout', async () => {
      assert.equal(await apply(DEPLOYMENT('example/web:1')), 'deployment.apps/front created\n');
      await run('rollout', 'status', 'deployment/front', '--timeout=60s');
      await run('wait', '--for=condition=Available', 'deployment/front', '--timeout=60s');
      assert.equal(await apply(DEPLOYMENT('example/web:1')), 'deployment.apps/front unchanged\n');
      assert.equal(await apply(DEPLOYMENT('example/web:2')), 'deployment.apps/front configured\n');
      assert.match(await apply(DEPLOYMENT('example/web:3'), '--server-side'), /serverside-applied/);
      await run('rollout', 'status', 'deployment/front', '--timeout=60s');
      const images = await run('get', 'pods', '-l', 'app=front', '-o', 'jsonpath={.items[*].spec.containers[0].image}');
      assert.match(images, /example\/web:3/);
      const { code, stdout } = await cluster.run(kubectl, ['diff', '-f', '-'], {
        input: JSON.stringify(DEPLOYMENT('example/web:4')),
      });
      assert.equal(code, 1);
      assert.match(stdout, /\+ +- image: example\/web:4|\+ +image: example\/web:4/);
    });

    it('refuses what is wrong before and after asking', async () => {
      const wrong = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, dada: {} };
      const { code, stderr } = await cluster.run(kubectl, ['create', '-f', '-'], { input: JSON.stringify(wrong) });
      assert.equal(code, 1);
      assert.match(stderr, /unknown field "dada"/);
      assert.equal(await run('auth', 'can-i', 'create', 'pods'), 'yes\n');
      assert.match(await run('auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}'), /kubernetes-admin/);
    });

    it('deletes and waits until it is gone', async () => {
      assert.match(await run('delete', 'deployment', 'front', '--timeout=60s'), /deleted/);
      await run('wait', '--for=delete', 'pods', '-l', 'app=front', '--timeout=60s');
      assert.match(await run('delete', 'namespace', 'shop', '--timeout=60s'), /deleted/);
      assert.equal((await cluster.run(kubectl, ['get', 'namespace', 'shop'])).code, 1);
    });
  });
}
