import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { StatusError } from '../errors.ts';
import { applyJsonPatch } from './json-patch.ts';

const cases: [title: string, document: unknown, patch: unknown, result: unknown][] = [
  ['adds a member', { a: 1 }, [{ op: 'add', path: '/b', value: 2 }], { a: 1, b: 2 }],
  ['adds into a list', { a: [1, 3] }, [{ op: 'add', path: '/a/1', value: 2 }], { a: [1, 2, 3] }],
  ['adds at the end of a list', { a: [1] }, [{ op: 'add', path: '/a/-', value: 2 }], { a: [1, 2] }],
  ['replaces an element', { a: [1, 2] }, [{ op: 'replace', path: '/a/1', value: 3 }], { a: [1, 3] }],
  [
    'removes',
    { a: { b: 1 }, c: [1, 2] },
    [
      { op: 'remove', path: '/a/b' },
      { op: 'remove', path: '/c/0' },
    ],
    { a: {}, c: [2] },
  ],
  ['does nothing for null', { a: 1 }, null, { a: 1 }],
  ['adds null where no value is given', {}, [{ op: 'add', path: '/a' }], { a: null }],
  ['passes over what stands before the first slash', {}, [{ op: 'add', path: 'a/b', value: 1 }], { b: 1 }],
  ['takes a missing member for null in a test', {}, [{ op: 'test', path: '/a', value: null }], {}],
  ['copies a missing member as null', {}, [{ op: 'copy', from: '/a', path: '/b' }], { b: null }],
  ['moves', { a: { b: 1 } }, [{ op: 'move', from: '/a/b', path: '/c' }], { a: {}, c: 1 }],
  [
    'copies, and the copy is apart',
    { a: { b: 1 } },
    [
      { op: 'copy', from: '/a', path: '/c' },
      { op: 'add', path: '/a/d', value: 1 },
    ],
    { a: { b: 1, d: 1 }, c: { b: 1 } },
  ],
  [
    'tests and goes on',
    { a: { x: 1, y: 2 } },
    [{ op: 'test', path: '/a', value: { y: 2, x: 1 } }],
    { a: { x: 1, y: 2 } },
  ],
  [
    'reads escapes',
    { m: { 'a/b': 1, '~': 2 } },
    [
      { op: 'remove', path: '/m/a~1b' },
      { op: 'remove', path: '/m/~0' },
    ],
    { m: {} },
  ],
  ['replaces what was not there', { a: 1 }, [{ op: 'replace', path: '/b', value: 2 }], { a: 1, b: 2 }],
  [
    'counts from the end',
    [1, 2, 3],
    [
      { op: 'remove', path: '/-1' },
      { op: 'replace', path: '/-2', value: 4 },
      { op: 'add', path: '/-1', value: 5 },
    ],
    [4, 2, 5],
  ],
  ['replaces the whole', 1, [{ op: 'replace', path: '', value: 2 }], 2],
];
for (const [title, document, patch, result] of cases)
  test(title, () => {
    const before = JSON.stringify(document);
    assert.deepEqual(applyJsonPatch(document, patch), result);
    assert.equal(JSON.stringify(document), before);
  });

const failing: [patch: unknown, code: number][] = [
  [{}, 400],
  [[{ op: 'add' }], 422],
  [[{ op: 'nonsense', path: '/a' }], 422],
  [[{ op: 'add', path: 'a', value: 1 }], 422],
  [[{ op: 'add', path: '/x/y', value: 1 }], 422],
  [[{ op: 'add', path: '/l/5', value: 1 }], 422],
  [[{ op: 'add', path: '/l/01', value: 1 }], 422],
  [[{ op: 'remove', path: '/x' }], 422],
  [[{ op: 'replace', path: '/x/y', value: 1 }], 422],
  [[{ op: 'replace', path: '/l/1', value: 1 }], 422],
  [[{ op: 'remove', path: '/l/-2' }], 422],
  [[{ op: 'replace', path: '/l/-', value: 1 }], 422],
  [[{ op: 'test', path: '/a', value: 2 }], 422],
  [[{ op: 'move', from: '/l', path: '/l/0' }], 422],
  [[{ op: 'remove', path: '/__proto__' }], 422],
  [[{ op: 'add', path: '/constructor/x', value: 1 }], 422],
  [Array(10_001).fill({ op: 'test', path: '/a', value: 1 }), 413],
];
for (const [patch, code] of failing)
  test(`${JSON.stringify(patch).slice(0, 60)} is refused with ${code}`, () => {
    assert.throws(
      () => applyJsonPatch({ a: 1, l: [1] }, patch),
      (error) => error instanceof StatusError && error.code === code,
    );
  });

test('a failed test says so in the words of the server', () => {
  assert.throws(() => applyJsonPatch({ a: 1 }, [{ op: 'test', path: '/a', value: 2 }]), {
    message: 'the server rejected our request due to an error in our request',
    reason: 'Invalid',
  });
});

test('a bomb of copies is stopped', () => {
  const bomb = Array.from({ length: 100 }, () => ({ op: 'copy', from: '/a', path: '/a/-' }));
  assert.throws(() => applyJsonPatch({ a: ['x'.repeat(1000)] }, bomb), StatusError);
});

test('__proto__ is a member like any other', () => {
  const result = applyJsonPatch({}, [{ op: 'add', path: '/__proto__', value: { x: 1 } }]) as object;
  assert.deepEqual(Object.keys(result), ['__proto__']);
  assert.equal(({} as Record<string, unknown>)['x'], undefined);
});

test('adding and then removing leaves any document as it was', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (document, value) => {
      const path = '/a new key~0~1';
      const same = applyJsonPatch(document, [
        { op: 'add', path, value },
        { op: 'test', path, value },
        { op: 'remove', path },
      ]);
      assert.equal(JSON.stringify(same), JSON.stringify(document));
    }),
  );
});

test('operations at random are applied or refused, and never change the document given', () => {
  const path = fc
    .array(fc.constantFrom('a', 'b', '0', '1', '-', '__proto__'), { maxLength: 3 })
    .map((t) => t.map((x) => `/${x}`).join(''));
  const operation = fc.record({
    op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test'),
    path,
    from: path,
    value: fc.jsonValue(),
  });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 8 }), (patch) => {
      const document = { a: { a: [{ b: 1 }], b: [1, 2] }, b: [[0], { a: 1 }] };
      const before = JSON.stringify(document);
      try {
        applyJsonPatch(document, patch);
      } catch (error) {
        assert.ok(error instanceof StatusError, String(error));
      }
      assert.equal(JSON.stringify(document), before);
    }),
  );
});
