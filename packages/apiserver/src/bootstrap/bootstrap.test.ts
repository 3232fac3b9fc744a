/** What a server makes sure of when it starts on a store that somebody used before. */
import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { startTestServer } from '../testing/test-server.ts';

const ROLES = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
const SERVICES = '/api/v1/namespaces/default/services';
const MERGE = { headers: { 'content-type': 'application/merge-patch+json' } };

test('a second start writes nothing', async () => {
  const first = await startTestServer();
  const revision = await first.store.revision();
  const second = await startTestServer({ store: first.store });
  assert.equal(await second.store.revision(), revision);
  await second.close();
  await first.close();
});

test('roles that lost rights get them back, those that an administrator keeps do not', async () => {
  const first = await startTestServer();
  await first.ask('PATCH', `${ROLES}/system:kube-scheduler`, { rules: [] }, MERGE);
  const kept = { metadata: { annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'false' } }, rules: [] };
  await first.ask('PATCH', `${ROLES}/system:kube-dns`, kept, MERGE);
  await first.ask('DELETE', `${ROLES}/view`);
  const second = await startTestServer({ store: first.store });
  assert.ok((await second.ask('GET', `${ROLES}/system:kube-scheduler`)).body.rules.length > 5);
  assert.deepEqual((await second.ask('GET', `${ROLES}/system:kube-dns`)).body.rules, []);
  assert.equal((await second.ask('GET', `${ROLES}/view`)).status, 200);
  await second.close();
  await first.close();
});

test('claims that a crash left behind are freed, and lost ones made again', async () => {
  const first = await startTestServer({ clock: () => new Date(Date.now() - 3_600_000) });
  const made = (name: string) =>
    first.ask('POST', SERVICES, { metadata: { name }, spec: { type: 'NodePort', ports: [{ port: 80 }] } });
  const orphaned = (await made('orphaned')).body.spec as { clusterIP: string; ports: { nodePort: number }[] };
  const kept = (await made('kept')).body.spec as { clusterIP: string };
  await first.store.delete('/registry/services/specs/default/orphaned');
  await first.store.delete(`/registry/ipaddresses/${kept.clusterIP}`);
  const second = await startTestServer({ store: first.store });
  const addresses = '/apis/networking.k8s.io/v1/ipaddresses';
  const watch = await second.watch(`${addresses}?watch=true&fieldSelector=metadata.name%3D${kept.clusterIP}`);
  assert.deepEqual(await watch.nextNames(1), [`ADDED ${kept.clusterIP}`]);
  watch.close();
  assert.equal((await second.ask('GET', `${addresses}/${orphaned.clusterIP}`)).status, 404);
  const again = await second.ask('POST', SERVICES, {
    metadata: { name: 'again' },
    spec: {
      type: 'NodePort',
      clusterIP: orphaned.clusterIP,
      ports: [{ port: 80, nodePort: orphaned.ports[0]?.nodePort }],
    },
  });
  assert.equal(again.status, 201, again.text);
  await second.close();
  await first.close();
});
