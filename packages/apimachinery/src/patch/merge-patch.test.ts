import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { applyMergePatch } from './merge-patch.ts';

/** The examples of RFC 7386. */
const cases: [original: unknown, patch: unknown, result: unknown][] = [
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ],
  [{ a: 'b' }, ['c'], ['c']],
  [{ a: 'foo' }, null, null],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
];
for (const [original, patch, result] of cases)
  test(`${JSON.stringify(original)} merged with ${JSON.stringify(patch)}`, () => {
    const before = JSON.stringify(original);
    assert.deepEqual(applyMergePatch(original, patch), result);
    assert.equal(JSON.stringify(original), before);
  });

test('merging twice is merging once', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (original, patch) => {
      const once = applyMergePatch(original, patch);
      assert.deepEqual(applyMergePatch(once, patch), once);
    }),
  );
});

test('keys of Object.prototype are no obstacle', () => {
  const patch: unknown = JSON.parse('{"__proto__":{"x":1},"constructor":{"y":2},"toString":null}');
  assert.equal(JSON.stringify(applyMergePatch({}, patch)), '{"__proto__":{"x":1},"constructor":{"y":2}}');
});
