import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BadRequest } from '../errors.ts';
import { findDuplicateFields, parseJson, stringifyJson } from './json.ts';

/** Numbers that a double holds. */
const json = fc.jsonValue().filter((value) => !/\d{16}/.test(JSON.stringify(value)));

test('an integer beyond 2^53 survives a round trip', () => {
  const text = '{"a":9007199254740993,"b":-9223372036854775808,"c":1.5,"d":9007199254740991,"e":"9007199254740993"}';
  const value = parseJson(text) as Record<string, unknown>;
  assert.equal(value['a'], 9007199254740993n);
  assert.equal(value['d'], 9007199254740991);
  assert.equal(stringifyJson(value), text);
  assert.equal(parseJson(Buffer.from('1234567890123456789.5')), Number('1234567890123456789.5'));
});

test('digits in strings do not count as long integers', () => {
  assert.deepEqual(parseJson('{"uid":"12345678901234567890\\"123"}'), { uid: '12345678901234567890"123' });
});

for (const text of [
  '',
  '{',
  '{"a":1',
  'nul',
  '[1,]',
  '{"a":12345678901234567890',
  '"\u0001"',
  '['.repeat(5000) + ']'.repeat(5000),
])
  test(`'${text.slice(0, 12)}' is refused`, () => {
    assert.throws(() => parseJson(text), BadRequest);
  });

test('__proto__ is a key, whichever way the text is parsed', () => {
  for (const number of ['1', '12345678901234567890']) {
    const text = `{"__proto__":{"polluted":${number}},"constructor":1}`;
    const value = parseJson(text) as object;
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
    assert.equal(stringifyJson(value), text);
  }
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
});

test('duplicate keys are named by path, and the last one wins', () => {
  const text =
    '{"spec":{"replicas":1,"replicas":2,"list":[{},{"a":"x:y","a":"\\"","\\u0061":3}]},"ok":{"a":1},"a":{"a":1}}';
  const value = parseJson(text);
  assert.deepEqual(findDuplicateFields(text, value), ['spec.replicas', 'spec.list[1].a']);
  assert.equal((value as { spec: { replicas: number } }).spec.replicas, 2);
  const long = '{"a":12345678901234567890,"a":12345678901234567891}';
  assert.deepEqual(parseJson(long), { a: 12345678901234567891n });
});

test('any value reads and writes as JSON does, with no duplicates found in it', () => {
  fc.assert(
    fc.property(json, fc.boolean(), (value, long) => {
      const text = JSON.stringify(long ? { value, long: 1 } : value).replace(
        /"long":1\}$/,
        '"long":1234567890123456789}',
      );
      const parsed = parseJson(text);
      assert.deepEqual(findDuplicateFields(text, parsed), []);
      if (long) assert.equal(stringifyJson(parsed), text);
      else assert.deepEqual(parsed, JSON.parse(text));
    }),
  );
});

test('no text makes it throw anything but BadRequest', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', '\\', ':', ',', '1', 'a', ' ', '-', 'e', '.') }),
      (text) => {
        try {
          findDuplicateFields(text, parseJson(text));
        } catch (error) {
          assert.ok(error instanceof BadRequest, String(error));
        }
      },
    ),
    { numRuns: 2000 },
  );
});
