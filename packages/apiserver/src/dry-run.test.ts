/**
 * dryRun=All through everything that writes: each kind created, replaced, patched in each way and deleted, each subresource; what
 * is answered is what would be, and the store does not move by a single revision.
 */
import { strict as assert } from 'node:assert';
import { after, before, describe, test } from 'node:test';
import { registry } from '@mkube/api';
import { SAMPLES } from './testing/samples.ts';
import { type Answer, type TestServer, startTestServer } from './testing/test-server.ts';

const NS = '/api/v1/namespaces/samples';
const DRY = 'dryRun=All&fieldManager=dry';

interface Target {
  what: string;
  collection: string;
  object: string;
  sample: Record<string, unknown>;
}

const targets: Target[] = registry.flatMap(({ group, version, resource, namespaced, kind }) => {
  const sample = SAMPLES[`${resource}.${group}`];
  if (!sample) return [];
  const root = `${group ? `/apis/${group}` : '/api'}/${version}${namespaced ? '/namespaces/samples' : ''}`;
  const { name = 'sample' } = (sample['metadata'] ?? {}) as { name?: string };
  const collection = `${root}/${resource}`;
  const apiVersion = group ? `${group}/${version}` : version;
  const object = { kind, apiVersion, ...sample, metadata: { ...(sample['metadata'] as object | undefined), name } };
  return [{ what: `${kind}.${group}`, collection, object: `${collection}/${name}`, sample: object }];
});

describe('a dry run', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
    await server.ask('POST', '/api/v1/namespaces', { metadata: { name: 'samples' } });
    await server.ask('POST', `${NS}/serviceaccounts`, { metadata: { name: 'default' } });
    for (const { collection, sample } of targets) await server.ask('POST', collection, sample);
    // What the server does by itself after a definition or a schema came is done before anything is measured.
    const crd = targets.find(({ what }) => what.startsWith('CustomResourceDefinition'));
    const watch = await server.watch(`${crd?.collection}?watch=1`);
    const isTrue = (of: { type: string; status: string }): boolean => of.type === 'Established' && of.status === 'True';
    for (;;) if ((await watch.next(30_000))?.object.status?.conditions?.some(isTrue)) break;
    watch.close();
    const flows = await server.watch(
      '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas?watch=1&fieldSelector=metadata.name%3Dsample',
    );
    for (;;) if ((await flows.next(30_000))?.object.status?.conditions?.length > 0) break;
    flows.close();
  });
  after(() => server.close());

  async function unmoved(what: string, ask: () => Promise<Answer>, status: number): Promise<Answer> {
    const before = await server.store.revision();
    const answer = await ask();
    assert.equal(answer.status, status, `${what}: ${answer.text}`);
    assert.equal(await server.store.revision(), before, `${what} has written something`);
    return answer;
  }

  test('creates nothing, of any kind', async () => {
    for (const { what, collection, sample } of targets) {
      const { name } = sample['metadata'] as { name: string };
      // Names of some kinds are what the object is: these exist already.
      const free = name === 'sample';
      const body = free ? { ...sample, metadata: { generateName: 'dry-' } } : sample;
      const { body: made } = await unmoved(
        what,
        () => server.ask('POST', `${collection}?${DRY}`, body),
        free ? 201 : 409,
      );
      if (!free) continue;
      assert.match(made.metadata.name, /^dry-/);
      assert.ok(made.metadata.uid, `${what} has an identity`);
      assert.equal(made.metadata.resourceVersion, undefined, what);
    }
  });

  test('replaces and patches nothing, in any way', async () => {
    const patches = [
      ['application/merge-patch+json', { metadata: { labels: { dry: 'yes' } } }],
      ['application/strategic-merge-patch+json', { metadata: { labels: { dry: 'yes' } } }],
      ['application/json-patch+json', [{ op: 'add', path: '/metadata/labels', value: { dry: 'yes' } }]],
    ] as const;
    for (const { what, object, sample } of targets) {
      const { body: live } = await server.ask('GET', object);
      const labelled = { ...live, metadata: { ...live.metadata, labels: { ...live.metadata.labels, dry: 'yes' } } };
      const answers = [await unmoved(what, () => server.ask('PUT', `${object}?${DRY}`, labelled), 200)];
      for (const [type, patch] of patches) {
        const headers = { 'content-type': type };
        answers.push(await unmoved(what, () => server.ask('PATCH', `${object}?${DRY}`, patch, { headers }), 200));
      }
      const { kind, apiVersion, metadata } = sample as { kind: string; apiVersion: string; metadata: { name: string } };
      const intent = { kind, apiVersion, metadata: { name: metadata.name, labels: { dry: 'yes' } } };
      const headers = { 'content-type': 'application/apply-patch+yaml' };
      answers.push(await unmoved(what, () => server.ask('PATCH', `${object}?${DRY}`, intent, { headers }), 200));
      for (const { body } of answers) assert.equal(body.metadata.labels.dry, 'yes', what);
      const after = await server.ask('GET', object);
      assert.deepEqual(after.body, live, what);
    }
  });

  test('deletes nothing, one by one or all at once', async () => {
    for (const { what, collection, object } of targets) {
      await unmoved(what, () => server.ask('DELETE', `${object}?dryRun=All`), 200);
      await unmoved(
        what,
        () => server.ask('DELETE', object, { dryRun: ['All'], propagationPolicy: 'Foreground' }),
        200,
      );
      if (!what.startsWith('Namespace') && !what.startsWith('Service.'))
        await unmoved(what, () => server.ask('DELETE', `${collection}?dryRun=All`), 200);
      assert.equal((await server.ask('GET', object)).body.metadata.deletionTimestamp, undefined, what);
    }
  });

  test('takes no address and no port, and gives none back', async () => {
    const spec = { type: 'NodePort', ports: [{ port: 80, nodePort: 30_123 }], clusterIP: '10.96.77.7' };
    const create = (query: string) => server.ask('POST', `${NS}/services${query}`, { metadata: { name: 'dry' }, spec });
    for (let i = 0; i < 2; i++) await unmoved('a service', () => create(`?${DRY}`), 201);
    assert.equal((await create('')).status, 201);
    await unmoved('a deleted service', () => server.ask('DELETE', `${NS}/services/dry?dryRun=All`), 200);
    const other = { metadata: { name: 'other' }, spec };
    assert.equal((await server.ask('POST', `${NS}/services`, other)).status, 422, 'both are still taken');
    const headers = { 'content-type': 'application/merge-patch+json' };
    const patch = { spec: { type: 'ClusterIP', ports: [{ port: 80 }] } };
    await unmoved('a smaller service', () => server.ask('PATCH', `${NS}/services/dry?${DRY}`, patch, { headers }), 200);
    assert.equal((await server.ask('GET', `${NS}/services/dry`)).body.spec.ports[0].nodePort, 30_123);
  });

  test('binds, evicts, scales, approves, finalizes and resizes nothing', async () => {
    const pod = `${NS}/pods/sample`;
    const headers = { 'content-type': 'application/merge-patch+json' };
    const strategic = { 'content-type': 'application/strategic-merge-patch+json' };
    const patch =
      (path: string, body: object, type = headers) =>
      () =>
        server.ask('PATCH', `${path}?${DRY}`, body, { headers: type });
    const target = { kind: 'Node', name: 'sample' };
    const post = (path: string, body: object) => () => server.ask('POST', `${path}?${DRY}`, body);
    await unmoved('a binding', post(`${pod}/binding`, { metadata: { name: 'sample' }, target }), 201);
    await unmoved('an eviction', post(`${pod}/eviction`, { metadata: { name: 'sample' } }), 201);
    const debugging = { spec: { ephemeralContainers: [{ name: 'e', image: 'i' }] } };
    await unmoved('a debug container', patch(`${pod}/ephemeralcontainers`, debugging, strategic), 200);
    const resources = { spec: { containers: [{ name: 'c', resources: { requests: { cpu: '1' } } }] } };
    await unmoved('a resize', patch(`${pod}/resize`, resources, strategic), 200);
    await unmoved('a status', patch(`${pod}/status`, { status: { phase: 'Running' } }), 200);
    const scale = '/apis/apps/v1/namespaces/samples/deployments/sample/scale';
    const { body: scaled } = await unmoved('a scale', patch(scale, { spec: { replicas: 7 } }), 200);
    assert.equal(scaled.spec.replicas, 7);
    const csr = '/apis/certificates.k8s.io/v1/certificatesigningrequests/sample';
    const { body: request } = await server.ask('GET', csr);
    request.status.conditions = [{ type: 'Approved', status: 'True', reason: 'Dry', message: 'dry' }];
    await unmoved('an approval', () => server.ask('PUT', `${csr}/approval?${DRY}`, request), 200);
    const { body: namespace } = await server.ask('GET', NS);
    await unmoved('a finalization', () => server.ask('PUT', `${NS}/finalize?${DRY}`, { ...namespace, spec: {} }), 200);
    assert.deepEqual((await server.ask('GET', NS)).body, namespace);
  });
});
