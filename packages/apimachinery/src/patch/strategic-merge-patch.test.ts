import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { StatusError } from '../errors.ts';
import type { FieldFacts, TypeFacts } from '../schema/facts.ts';
import { createSchema } from '../schema/schema.ts';
import { applyStrategicMergePatch } from './strategic-merge-patch.ts';

const fields = (list: Record<string, Omit<FieldFacts, 'i' | 'emit'>>): TypeFacts => ({
  kind: 'object',
  fields: Object.fromEntries(Object.entries(list).map(([name, of], i) => [name, { ...of, i, emit: 'nonempty' }])),
});
const types: Record<string, TypeFacts> = {
  'x.v1.Pod': fields({
    labels: { type: 'map', values: { type: 'string' } },
    containers: {
      type: 'array',
      items: { type: 'ref', ref: 'x.v1.Container' },
      patchStrategy: 'merge',
      patchMergeKey: 'name',
    },
    finalizers: { type: 'array', items: { type: 'string' }, patchStrategy: 'merge' },
    args: { type: 'array', items: { type: 'string' } },
    strategy: { type: 'ref', ref: 'x.v1.Strategy', patchStrategy: 'retainKeys' },
    volumes: {
      type: 'array',
      items: { type: 'ref', ref: 'x.v1.Volume' },
      patchStrategy: 'merge,retainKeys',
      patchMergeKey: 'name',
    },
    selector: { type: 'ref', ref: 'x.v1.Strategy', patchStrategy: 'replace' },
  }),
  'x.v1.Container': fields({
    name: { type: 'string' },
    image: { type: 'string' },
    ports: { type: 'array', items: { type: 'ref', ref: 'x.v1.Port' }, patchStrategy: 'merge', patchMergeKey: 'port' },
  }),
  'x.v1.Port': fields({ port: { type: 'integer' }, protocol: { type: 'string' } }),
  'x.v1.Strategy': fields({ type: { type: 'string' }, rollingUpdate: { type: 'ref', ref: 'x.v1.Port' } }),
  'x.v1.Volume': fields({ name: { type: 'string' }, emptyDir: { type: 'any' }, secret: { type: 'any' } }),
};
const schema = createSchema((name) => types[name], 'x.v1.Pod');
const apply = (original: unknown, patch: unknown) => applyStrategicMergePatch(schema, original, patch);

const a = { name: 'a', image: '1' };
const b = { name: 'b', image: '2' };
const c = { name: 'c', image: '3' };
const cases: [title: string, original: unknown, patch: unknown, result: unknown][] = [
  [
    'maps merge, null deletes',
    { labels: { x: '1', y: '2' } },
    { labels: { x: null, z: '3' } },
    { labels: { y: '2', z: '3' } },
  ],
  [
    'a list with a merge key merges by element',
    { containers: [a, b] },
    { containers: [{ name: 'b', image: '9' }] },
    { containers: [a, { name: 'b', image: '9' }] },
  ],
  [
    'a new element comes before those the patch does not name',
    { containers: [a] },
    { containers: [c] },
    { containers: [c, a] },
  ],
  [
    'lists merge inside merged elements',
    { containers: [{ name: 'a', ports: [{ port: 1 }] }] },
    { containers: [{ name: 'a', ports: [{ port: 2 }, { port: 1, protocol: 'UDP' }] }] },
    { containers: [{ name: 'a', ports: [{ port: 2 }, { port: 1, protocol: 'UDP' }] }] },
  ],
  ['a list without strategy is replaced', { args: ['x', 'y'] }, { args: ['z'] }, { args: ['z'] }],
  [
    'a list of scalars that merges is a set',
    { finalizers: ['x'] },
    { finalizers: ['y', 'x'] },
    { finalizers: ['y', 'x'] },
  ],
  [
    'scalars are deleted from a list',
    { finalizers: ['x', 'y', 'z'] },
    { '$deleteFromPrimitiveList/finalizers': ['y'] },
    { finalizers: ['x', 'z'] },
  ],
  [
    'what is no list deletes nothing from one, and nothing is deleted from none',
    { finalizers: ['x'] },
    { '$deleteFromPrimitiveList/finalizers': 'x', '$deleteFromPrimitiveList/args': [1] },
    { finalizers: ['x'] },
  ],
  [
    'an order may name what is not there',
    { containers: [a, b, c] },
    { '$setElementOrder/containers': [{ name: 'z' }, { name: 'c' }, { name: 'a' }] },
    { containers: [b, c, a] },
  ],
  [
    'an element is deleted',
    { containers: [a, b] },
    { containers: [{ $patch: 'delete', name: 'a' }] },
    { containers: [b] },
  ],
  [
    'an element that is not there is not added by its deletion',
    {},
    { containers: [{ $patch: 'delete', name: 'a' }, b] },
    { containers: [b] },
  ],
  ['a list is replaced', { containers: [a, b] }, { containers: [{ $patch: 'replace' }, c] }, { containers: [c] }],
  ['a map is replaced', { labels: { x: '1' } }, { labels: { $patch: 'replace', y: '2' } }, { labels: { y: '2' } }],
  ['a map is emptied', { labels: { x: '1' } }, { labels: { $patch: 'delete' } }, { labels: {} }],
  [
    '$patch merge is what happens anyway',
    { labels: { x: '1' } },
    { labels: { $patch: 'merge', y: '2' } },
    { labels: { x: '1', y: '2' } },
  ],
  [
    'only retained keys stay',
    { strategy: { type: 'RollingUpdate', rollingUpdate: { port: 1 } } },
    { strategy: { $retainKeys: ['type'], type: 'Recreate' } },
    { strategy: { type: 'Recreate' } },
  ],
  [
    'retained keys work in elements',
    { volumes: [{ name: 'v', emptyDir: {} }] },
    { volumes: [{ name: 'v', $retainKeys: ['name', 'secret'], secret: { x: 1 } }] },
    { volumes: [{ name: 'v', secret: { x: 1 } }] },
  ],
  [
    'elements are put in the order given',
    { containers: [a, b] },
    { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] },
    { containers: [b, a] },
  ],
  [
    'elements not named keep their place behind their predecessor',
    { containers: [a, b, c] },
    { '$setElementOrder/containers': [{ name: 'c' }, { name: 'a' }], containers: [{ name: 'a', image: '7' }] },
    { containers: [b, c, { name: 'a', image: '7' }] },
  ],
  [
    'an added element stands where the order says',
    { containers: [a, b] },
    { '$setElementOrder/containers': [{ name: 'a' }, { name: 'c' }, { name: 'b' }], containers: [c] },
    { containers: [a, c, b] },
  ],
  [
    'order and deletion of scalars go together',
    { finalizers: ['x', 'y', 'z'] },
    { '$setElementOrder/finalizers': ['z', 'x'], '$deleteFromPrimitiveList/finalizers': ['y'] },
    { finalizers: ['z', 'x'] },
  ],
  [
    'a field whose strategy is replace is replaced',
    { selector: { type: 'a', rollingUpdate: {} } },
    { selector: { type: 'b' } },
    { selector: { type: 'b' } },
  ],
  [
    'what is unknown merges as a map and replaces as a list',
    { foo: { a: 1 }, bar: [1] },
    { foo: { b: 2 }, bar: [2] },
    { foo: { a: 1, b: 2 }, bar: [2] },
  ],
  [
    'directives do not get into what is added',
    {},
    { labels: { $patch: 'merge', x: '1', y: null }, strategy: { $retainKeys: ['type'], type: 'A' } },
    { labels: { x: '1' }, strategy: { type: 'A' } },
  ],
  ['a type that changes is replaced', { labels: 'x' }, { labels: { a: '1' } }, { labels: { a: '1' } }],
];
for (const [title, original, patch, result] of cases)
  test(title, () => {
    const before = JSON.stringify([original, patch]);
    assert.deepEqual(apply(original, patch), result);
    assert.equal(JSON.stringify([original, patch]), before);
  });

const wrong: [patch: unknown, code: number][] = [
  [[], 400],
  [{ labels: { $patch: 'x' } }, 400],
  [{ containers: [{ image: '1' }] }, 422],
  [{ containers: ['a'] }, 422],
  [{ strategy: { $retainKeys: 'type' } }, 400],
  [{ strategy: { $retainKeys: [], type: 'A' } }, 400],
  [{ '$setElementOrder/containers': {} }, 400],
  [{ '$setElementOrder/containers': [{ name: 'a' }], containers: [c] }, 400],
  [{ '$deleteFromPrimitiveList/finalizers': [{ name: 'x' }] }, 400],
  [{ strategy: { $retainKeys: ['surge'], type: 'A' } }, 400],
];
for (const [patch, code] of wrong)
  test(`${JSON.stringify(patch)} is refused with ${code}`, () => {
    const original = { labels: {}, containers: [a], finalizers: ['x'], strategy: { type: 'A' } };
    assert.throws(
      () => apply(original, patch),
      (error) => error instanceof StatusError && error.code === code,
    );
  });

test('large lists merge in linear time', () => {
  const many = Array.from({ length: 50_000 }, (_, i) => ({ name: `c${i}`, image: 'x' }));
  const result = apply({ containers: many }, { containers: many.map(({ name }) => ({ name, image: 'y' })) }) as {
    containers: unknown[];
  };
  assert.equal(result.containers.length, 50_000);
});

test('applying a patch twice is applying it once', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd');
  const containers = fc.uniqueArray(fc.record({ name, image: fc.string() }), { selector: (x) => x.name });
  const object = fc.record(
    { containers, finalizers: fc.uniqueArray(name), labels: fc.dictionary(fc.string(), fc.string()) },
    { requiredKeys: [] },
  );
  const change = fc.uniqueArray(
    fc.record({ name, image: fc.string(), $patch: fc.constant('delete') }, { requiredKeys: ['name'] }),
    { selector: (x) => x.name },
  );
  const patch = fc.record(
    {
      containers: change,
      '$deleteFromPrimitiveList/finalizers': fc.array(name),
      labels: fc.dictionary(
        fc.string().filter((k) => !k.startsWith('$')),
        fc.option(fc.string()),
      ),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(object, patch, (original, change2) => {
      const once = apply(original, change2);
      assert.deepEqual(apply(once, change2), once);
    }),
  );
});
