// From client-side to server-side apply and back with the real kubectl and with mkube's own: who owns what, who is told of a conflict, and what a removal takes.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type ClientCluster, startClientCluster } from '../lib/embedded.ts';
import { kubectlPath, repository, whyNoKubectl } from '../lib/index.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

const settings = (data: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', namespace: 'default' },
  data,
});

interface Live {
  data?: Record<string, string>;
  metadata: {
    resourceVersion: string;
    annotations?: Record<string, string>;
    managedFields: { manager: string; operation: string; fieldsV1: Record<string, Record<string, object>> }[];
  };
}

const PROGRAMS: [name: string, command: readonly string[], skip: string | false][] = [
  ['kubectl', [kubectlPath() ?? ''], whyNoKubectl()],
  ['mkube', [process.execPath, path.join(repository, 'packages/cli/dist/bundle/mkube.cjs')], false],
];

for (const [name, [program = '', ...first], skip] of PROGRAMS)
  describe(`${name} apply --server-side`, { skip }, () => {
    let cluster: ClientCluster;
    before(async () => void (cluster = await startClientCluster({ nodes: 0 })));
    after(() => cluster.close());
    const run = (data: Record<string, string>, ...args: string[]) =>
      cluster.run(program, [...first, 'apply', ...args, '-f', '-'], { input: JSON.stringify(settings(data)) });
    const apply = async (data: Record<string, string>, ...args: string[]) => {
      const { code, stdout, stderr } = await run(data, ...args);
      assert.equal(code, 0, stderr);
      assert.equal(stderr, '');
      return stdout;
    };
    const live = async () =>
      JSON.parse(
        await cluster.must(program, [...first, 'get', 'configmap', 'settings', '-o', 'json', '--show-managed-fields']),
      ) as Live;
    const owners = async () =>
      (await live()).metadata.managedFields.map(
        ({ manager, operation, fieldsV1 }) =>
          `${manager} ${operation}: ${Object.keys(fieldsV1['f:data'] ?? {})
            .filter((field) => field !== '.')
            .join(' ')}`,
      );
    const lastApplied = async () => (await live()).metadata.annotations?.[LAST_APPLIED];

    it('hands fields of a client-side apply over to the server, and so may take them away', async () => {
      assert.equal(await apply({ a: '1', b: '1' }), 'configmap/settings created\n');
      assert.deepEqual(await owners(), ['kubectl-client-side-apply Update: f:a f:b']);

      assert.equal(await apply({ a: '2' }, '--server-side'), 'configmap/settings serverside-applied\n');
      assert.deepEqual((await live()).data, { a: '2' });
      assert.deepEqual(
        (await owners()).filter((owner) => owner.startsWith('kubectl ')),
        ['kubectl Apply: f:a'],
      );
      assert.equal(
        (await owners()).some((owner) => owner.includes('client-side')),
        false,
      );
      assert.deepEqual(JSON.parse((await lastApplied()) ?? ''), settings({ a: '2' }));
    });

    it('stores nothing when it is applied again', async () => {
      const { metadata } = await live();
      await apply({ a: '2' }, '--server-side');
      assert.deepEqual((await live()).metadata, metadata);
    });

    it('goes back: the annotation that the server kept says what is to go', async () => {
      await apply({ a: '2', c: '1' }, '--server-side');
      assert.equal(await apply({ a: '3' }), 'configmap/settings configured\n');
      assert.deepEqual((await live()).data, { a: '3' });
      assert.equal(await apply({ a: '3' }), 'configmap/settings unchanged\n');
    });

    it('names another manager in a conflict, shares equal values, and takes over when it is told to', async () => {
      await apply({ a: '4', d: '1' }, '--server-side', '--force-conflicts');
      const { code, stderr } = await run({ d: '2' }, '--server-side', '--field-manager=other');
      assert.equal(code, 1);
      assert.match(stderr, /Apply failed with 1 conflict: conflict with "kubectl": \.data\.d/);
      assert.match(stderr, /re-run the apply\s+command with the `--force-conflicts` flag/);
      assert.equal((await live()).data?.['d'], '1');

      await apply({ d: '1' }, '--server-side', '--field-manager=other');
      assert.ok((await owners()).includes('other Apply: f:d'));
      assert.ok((await owners()).includes('kubectl Apply: f:a f:d'));

      await apply({ d: '2' }, '--server-side', '--field-manager=other', '--force-conflicts');
      assert.deepEqual((await live()).data, { a: '4', d: '2' });
      assert.ok((await owners()).includes('kubectl Apply: f:a'));
    });

    it('takes a field away when its last owner lets go of it', async () => {
      await apply({ d: '2' }, '--server-side', '--field-manager=third');
      await apply({}, '--server-side', '--field-manager=other');
      assert.equal((await live()).data?.['d'], '2');
      await apply({}, '--server-side', '--field-manager=third');
      assert.deepEqual((await live()).data, { a: '4' });
    });
  });
