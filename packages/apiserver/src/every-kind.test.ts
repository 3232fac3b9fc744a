/**
 * The same life for every built-in kind: create, get, list, Table, update, patch, watch, delete, in JSON and protobuf.
 * Golden objects, with every field filled and few of them valid, are only taken or refused, never a fault of the server.
 */
import { strict as assert } from 'node:assert';
import fs from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { registry } from '@mkube/api';
import type { ResourceDefinition } from '@mkube/apimachinery';
import { type TestServer, startTestServer } from './testing/test-server.ts';
import { SAMPLES } from './testing/samples.ts';

const GOLDEN = new URL('../../../../shared/data/golden/', import.meta.url);
const skip = fs.existsSync(GOLDEN) ? false : 'the golden objects (../shared/data/golden) are not here';
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

const PROTOBUF = 'application/vnd.kubernetes.protobuf';

/** CustomResourceDefinitions change by themselves: crd.test.ts is theirs. */
const stored = registry
  .filter(({ resource }) => resource !== 'customresourcedefinitions')
  .filter(({ verbs }) => ['create', 'get', 'list', 'delete'].every((v) => (verbs as readonly string[]).includes(v)));

describe('every built-in kind', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
    await server.ask('POST', '/api/v1/namespaces', { metadata: { name: 'samples' } });
    await server.ask('POST', '/api/v1/namespaces/samples/serviceaccounts', { metadata: { name: 'default' } });
  });
  after(() => server.close());

  for (const definition of stored)
    test(`${definition.resource} of ${definition.group || 'core'}/${definition.version} live and die`, () =>
      live(server, definition));

  test('golden objects are taken or refused', { skip }, async () => {
    for (const { group, version, resource, namespaced, kind } of stored) {
      const path = `${group ? `/apis/${group}` : '/api'}/${version}/${namespaced ? 'namespaces/samples/' : ''}${resource}`;
      const file = new URL(`${group || 'core'}.${version}.${kind}`, GOLDEN).pathname;
      if (!fs.existsSync(`${file}.json`)) continue;
      const text = fs.readFileSync(`${file}.json`, 'utf8');
      const golden = { ...(JSON.parse(text) as object), metadata: { generateName: 'golden-' } };
      const answer = await server.ask('POST', path, golden);
      assert.ok([201, 403, 422].includes(answer.status), `${kind}: ${answer.text}`);
    }
  });
});

async function live(server: TestServer, definition: ResourceDefinition): Promise<void> {
  const { group, version, resource, namespaced, kind } = definition;
  const root = `${group ? `/apis/${group}` : '/api'}/${version}`;
  const path = namespaced ? `${root}/namespaces/samples/${resource}` : `${root}/${resource}`;
  const sample = SAMPLES[`${resource}.${group}`];
  assert.ok(sample, `there is no sample of ${resource}.${group}`);
  const object = { metadata: { name: 'sample' }, ...sample };
  const { name } = object.metadata;

  const created = await server.ask('POST', path, object);
  assert.equal(created.status, 201, created.text);
  assert.equal(created.body.kind, kind);
  assert.match(created.body.metadata.uid, /^[0-9a-f-]{36}$/);
  const watch = await server.watch(`${path}?watch=true&resourceVersion=${created.body.metadata.resourceVersion}`);
  try {
    const got = await server.ask('GET', `${path}/${name}`);
    assert.deepEqual(got.body, created.body);
    const list = await server.ask('GET', path);
    assert.equal(list.body.kind, definition.listKind);
    assert.ok(list.body.items.some((item: { metadata: { name: string } }) => item.metadata.name === name));
    const table = await server.ask('GET', `${path}/${name}`, undefined, { headers: { accept: TABLE } });
    assert.equal(table.body.kind, 'Table', table.text);
    assert.equal(table.body.rows[0].cells.length, table.body.columnDefinitions.length);

    const same = await server.ask('PUT', `${path}/${name}`, got.body);
    assert.equal(same.status, 200, same.text);
    assert.deepEqual(same.body, got.body, 'an update that changes nothing changes no revision');
    const protobuf = { accept: PROTOBUF, 'content-type': PROTOBUF };
    const bytes = await server.ask('GET', `${path}/${name}`, undefined, { headers: protobuf });
    assert.equal(bytes.headers['content-type'], PROTOBUF);
    const unchanged = await server.ask('PUT', `${path}/${name}`, bytes.bytes, {
      headers: { 'content-type': PROTOBUF },
    });
    assert.deepEqual(unchanged.body, got.body, 'protobuf says the same as JSON');
    const labelled = await server.ask(
      'PATCH',
      `${path}/${name}`,
      { metadata: { labels: { patched: 'yes' } } },
      {
        headers: { 'content-type': 'application/merge-patch+json' },
      },
    );
    assert.equal(labelled.status, 200, labelled.text);
    assert.equal(labelled.body.metadata.labels.patched, 'yes');
    assert.equal(labelled.body.metadata.generation, created.body.metadata.generation);
    const updated = await server.ask('PUT', `${path}/${name}`, {
      ...labelled.body,
      metadata: { ...labelled.body.metadata, annotations: { updated: 'yes' } },
    });
    assert.equal(updated.status, 200, updated.text);
    const conflict = await server.ask('PUT', `${path}/${name}`, got.body);
    assert.equal(conflict.status, 409, conflict.text);

    const gone = await server.ask('DELETE', `${path}/${name}?gracePeriodSeconds=0&propagationPolicy=Background`);
    assert.equal(gone.status, 200, gone.text);
    assert.deepEqual(await watch.nextNames(2), [`MODIFIED ${name}`, `MODIFIED ${name}`]);
    if (gone.body.metadata.finalizers) {
      const free = { metadata: { finalizers: null } };
      await server.ask('PATCH', `${path}/${name}`, free, {
        headers: { 'content-type': 'application/merge-patch+json' },
      });
      assert.deepEqual(await watch.nextNames(1), [`MODIFIED ${name}`]);
    }
    if (resource !== 'namespaces') assert.equal((await server.ask('GET', `${path}/${name}`)).status, 404, gone.text);
    assert.deepEqual(await watch.nextNames(1), [resource === 'namespaces' ? `MODIFIED ${name}` : `DELETED ${name}`]);
  } finally {
    watch.close();
  }
}
