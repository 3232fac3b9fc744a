/** Bytes in and out: where the resourceVersion goes, and what is read without parsing. */
import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import type { KubernetesObject } from '@mkube/apimachinery';
import { Entry } from './entry.ts';
import { labelsInBytes } from './labels-in-bytes.ts';
import { SortedKeys } from './sorted-keys.ts';
import { encodeStored } from './splice.ts';

const entryOf = (stored: string | Buffer) =>
  new Entry({
    key: '/registry/x/ns/n',
    namespace: 'ns',
    name: 'n',
    stored: Buffer.from(stored),
    revision: 42,
    createRevision: 7,
  });

test('the resourceVersion stands behind the uid, whatever texts look like it', () => {
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    data: { '"uid":"': '"uid":"x"' },
    metadata: {
      labels: { uid: 'x' },
      uid: 'u-1',
      namespace: 'ns',
      name: 'n',
      resourceVersion: '3',
      annotations: { a: '"uid":"y"' },
    },
  } as unknown as KubernetesObject;
  const entry = entryOf(encodeStored(object));
  assert.match(
    entry.bytes.toString(),
    /^\{"kind":"ConfigMap","apiVersion":"v1","metadata":\{"name":"n","namespace":"ns","uid":"u-1","resourceVersion":"42","labels"/,
  );
  assert.equal(entry.object.metadata.resourceVersion, '42');
});

test('bytes of another server are put in order', () => {
  const entry = entryOf(
    '{"metadata":{"annotations":{"uid":"no"},"uid":"u","name":"n","labels":{"a":"b"}},"apiVersion":"v1","kind":"X"}',
  );
  assert.equal(
    entry.bytes.toString(),
    '{"kind":"X","apiVersion":"v1","metadata":{"name":"n","uid":"u","resourceVersion":"42","annotations":{"uid":"no"},"labels":{"a":"b"}}}',
  );
  assert.deepEqual(entryOf('{"apiVersion":"v1","kind":"X","metadata":{"labels":{"a":"b"},"uid":"u"}}').labels, {
    a: 'b',
  });
});

test('labels are read without the rest, and only from where they are', () => {
  const of = (metadata: string, rest = '') =>
    labelsInBytes(Buffer.from(`{"kind":"X","apiVersion":"v1","metadata":{${metadata}}${rest}}`));
  assert.deepEqual(of('"name":"n","uid":"u","generation":3,"labels":{"a":"b","c":""},"annotations":{}'), {
    a: 'b',
    c: '',
  });
  assert.equal(of('"name":"n","annotations":{"labels":"{}"}'), undefined);
  assert.equal(of('"name":"n","uid":"u"', ',"spec":{"labels":{"a":"b"}}'), undefined);
  assert.equal(of('"name":"n\\u0022","labels":{"a":"b"}'), 'unknown');
});

test('sorted keys agree with a sorted list through thousands of random changes', () => {
  const keys = new SortedKeys();
  const model = new Set<string>();
  let seed = 7;
  const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
  for (let i = 0; i < 20_000; i++) {
    const key = `k${random(3000)}`;
    if (random(3) > 0) {
      keys.add(key);
      model.add(key);
    } else {
      keys.delete(key);
      model.delete(key);
    }
  }
  const sorted = [...model].toSorted();
  assert.deepEqual([...keys.from()], sorted);
  assert.equal(keys.size, model.size);
  assert.deepEqual(
    [...keys.from('k15')],
    sorted.filter((key) => key >= 'k15'),
  );
});
