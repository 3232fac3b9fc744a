/** Bytes in and out: where the resourceVersion goes, and what is read without parsing. */
import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import type { KubernetesObject } from '@mkube/apimachinery';
import fc from 'fast-check';
import { Entry } from './entry.ts';
import { labelsInBytes } from './labels-in-bytes.ts';
import { ParsedBudget } from './parsed-budget.ts';
import { SortedMap } from './sorted-map.ts';
import { encodeStored } from './splice.ts';

const SOURCE = { key: '/registry/x/ns/n', namespace: 'ns', name: 'n', revision: 42, createRevision: 7 };
/** As another API server may have written it. */
const reordered = ({ metadata, ...rest }: KubernetesObject) => ({ metadata, ...rest });
const entryOf = (stored: string | Buffer) => new Entry({ ...SOURCE, stored: Buffer.from(stored) });

test('an item of a list is the wire JSON without its first bytes, however it is stored', () => {
  const texts = fc.string({ unit: 'grapheme' });
  const object = fc.record({
    kind: fc.constantFrom('Pod', 'ConfigMap'),
    apiVersion: fc.constant('v1'),
    metadata: fc.record({ name: texts, uid: texts, annotations: fc.dictionary(texts, texts) }),
    data: fc.dictionary(texts, texts),
  });
  fc.assert(
    fc.property(object, fc.boolean(), fc.nat(30), fc.nat(9), (given, ours, skip, at) => {
      const value = given as unknown as KubernetesObject;
      const entry = entryOf(ours ? encodeStored(value) : JSON.stringify(reordered(value)));
      const target = Buffer.alloc(at + entry.wireSize);
      const end = entry.writeTo(target, at, skip);
      assert.deepEqual(target.subarray(at, end), entry.bytes.subarray(skip));
      assert.equal(entry.wireSize, entry.bytes.length);
      assert.deepEqual(JSON.parse(entry.metadataText), entry.object.metadata);
      assert.equal(entry.typeLength, `{"kind":"${given.kind}","apiVersion":"v1",`.length);
    }),
  );
});

test('what is parsed stays within its budget: the latest, and one at least', () => {
  const budget = new ParsedBudget(250);
  const objects = new Map<number, KubernetesObject>();
  const entries = Array.from({ length: 3000 }, (_, i) => {
    const text = `{"kind":"X","apiVersion":"v1","metadata":{"name":"n","uid":"${String(i).padStart(50)}"}}`.padEnd(100);
    return new Entry({ ...SOURCE, stored: Buffer.from(text), budget });
  });
  for (const [i, entry] of entries.entries()) objects.set(i, entry.object);
  const isKept = (i: number) => entries[i]?.object === objects.get(i);
  assert.ok(isKept(2999) && isKept(2998));
  assert.ok(!isKept(2997) && !isKept(0));
  const large = new Entry({ ...SOURCE, stored: Buffer.from('{"metadata":{}}'.padEnd(1000)), budget });
  assert.equal(large.object, large.object);
});

test('wire bytes are made once for what is parsed, and given up with it', () => {
  const object = { kind: 'X', apiVersion: 'v1', metadata: { name: 'n', uid: 'u' } } as KubernetesObject;
  const entry = new Entry({ ...SOURCE, stored: encodeStored(object) });
  const before = entry.bytes;
  assert.notEqual(entry.bytes, before);
  assert.equal(entry.object.metadata.name, 'n');
  const kept = entry.bytes;
  assert.equal(entry.bytes, kept);
  entry.forgetParsed();
  assert.notEqual(entry.bytes, kept);
  assert.deepEqual([before, entry.bytes], [kept, kept]);
});

test('wire bytes that were asked for stay within the budget, though nobody parsed them', () => {
  const stored = encodeStored({ kind: 'X', apiVersion: 'v1', metadata: { name: 'n', uid: 'u' } } as KubernetesObject);
  const budget = new ParsedBudget(stored.length);
  const [one, other] = [new Entry({ ...SOURCE, stored, budget }), new Entry({ ...SOURCE, stored, budget })];
  const kept = one.bytes;
  assert.equal(one.bytes, kept);
  assert.equal(one.object.metadata.name, 'n');
  assert.equal(one.bytes, kept);
  void other.bytes;
  assert.notEqual(one.bytes, kept);
  assert.deepEqual(one.bytes, kept);
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

test('a sorted map agrees with a sorted list through thousands of random changes', () => {
  const map = new SortedMap<number>();
  const model = new Map<string, number>();
  let seed = 7;
  const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
  for (let i = 0; i < 20_000; i++) {
    const key = `k${random(3000)}`;
    if (random(3) > 0) {
      map.set(key, i);
      model.set(key, i);
    } else {
      map.delete(key);
      model.delete(key);
    }
  }
  const sorted = [...model.keys()].toSorted();
  const valuesFrom = (from: string) => sorted.filter((key) => key >= from).map((key) => model.get(key));
  assert.equal(map.size, model.size);
  for (const from of ['', 'a', 'k15', 'k2999', 'z', ...sorted.filter((_, i) => i % 50 === 0)]) {
    const expected = valuesFrom(from);
    assert.deepEqual([...map.from(from)], expected);
    assert.equal(map.countFrom(from), expected.length);
  }
});
