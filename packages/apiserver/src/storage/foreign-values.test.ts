/** Objects that another API server left in the store as protobuf are read, listed, watched and changed like ours. */
import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import type { KubernetesObject } from '@mkube/apimachinery';
import { openStore } from '@mkube/store';
import { encodeProtobufOf } from '../encode/protobuf.ts';
import { startTestServer } from '../testing/test-server.ts';
import { sharedStore } from '../testing/test-store.ts';

const PATH = '/api/v1/namespaces/foreign/configmaps';
const KEY = '/registry/configmaps/foreign/';
const MERGE = { headers: { 'content-type': 'application/merge-patch+json' } };

const configMap = (name: string, data: Record<string, string>) =>
  ({
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: {
      name,
      namespace: 'foreign',
      uid: `uid-of-${name}`,
      creationTimestamp: '2024-01-02T03:04:05Z',
      labels: { from: 'elsewhere' },
    },
    data,
  }) as unknown as KubernetesObject;

test('protobuf in the store is read as the object that it is', async () => {
  const store = await openStore('memory:');
  const put = (name: string, data: Record<string, string>) =>
    store.put(KEY + name, encodeProtobufOf(configMap(name, data)));
  await put('before', { a: '1' });
  const server = await startTestServer({ store: sharedStore(store) });
  const { body } = await server.ask('GET', `${PATH}/before`);
  assert.deepEqual(body.data, { a: '1' });
  assert.equal(body.metadata.uid, 'uid-of-before');
  const watch = await server.watch(`${PATH}?watch=1&labelSelector=from%3Delsewhere`);
  assert.deepEqual(await watch.nextNames(1), ['ADDED before']);
  await put('after', { b: '2' });
  assert.deepEqual(await watch.nextNames(1), ['ADDED after']);
  await put('after', { b: '3' });
  const changed = await watch.next();
  assert.deepEqual([changed?.type, changed?.object.data], ['MODIFIED', { b: '3' }]);
  const unchanged = await server.ask('PATCH', `${PATH}/after`, { data: { b: '3' } }, MERGE);
  assert.equal(unchanged.status, 200);
  const patched = await server.ask('PATCH', `${PATH}/after`, { data: { c: '4' } }, MERGE);
  assert.deepEqual(patched.body.data, { b: '3', c: '4' });
  assert.equal((await store.get(`${KEY}after`))?.value[0], '{'.charCodeAt(0), 'written as ours');
  await store.delete(`${KEY}before`);
  for (;;) {
    const event = await watch.next();
    if (event?.type !== 'DELETED') continue;
    assert.deepEqual(event.object.data, { a: '1' });
    break;
  }
  const page = await server.ask('GET', `${PATH}?limit=1&resourceVersion=${body.metadata.resourceVersion}`);
  assert.deepEqual(page.body.items[0].data, { a: '1' }, 'of the past as well');
  watch.close();
  await server.close();
  await store.close();
});
