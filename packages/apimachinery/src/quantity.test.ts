import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BadRequest } from './errors.ts';
import {
  addQuantity,
  canonicalQuantity,
  compareQuantity,
  formatQuantity,
  isZeroQuantity,
  milliValueOf,
  parseQuantity,
  quantityOfMilli,
  subQuantity,
  valueOf,
} from './quantity.ts';

const canonical: [input: string | number, expected: string][] = [
  ['0', '0'],
  ['0Gi', '0'],
  [1, '1'],
  [0.5, '500m'],
  ['1000m', '1'],
  ['1024Mi', '1Gi'],
  ['9Ei', '9223372036854775807'],
  ['7Ei', '7Ei'],
  ['1023Mi', '1023Mi'],
  ['1500Mi', '1500Mi'],
  ['512', '512'],
  ['1000', '1k'],
  ['1024', '1024'],
  ['1e3', '1e3'],
  ['1E3', '1e3'],
  ['12e6', '12e6'],
  ['1.5Gi', '1536Mi'],
  ['0.5Ki', '512'],
  ['0.1Ki', '102400m'],
  ['+1', '1'],
  ['-500m', '-500m'],
  ['1.', '1'],
  ['.5', '500m'],
  ['0.0000000001', '1n'],
  ['100000000k', '100G'],
  ['9223372036854775807Ei', '9223372036854775807'],
  ['1e-9', '1e-9'],
  ['123456789012345678901234567890', '123456789012345678901234567890'],
];
for (const [input, expected] of canonical)
  test(`${input} is written ${expected}`, () => {
    assert.equal(canonicalQuantity(input), expected);
    assert.equal(compareQuantity(input, canonicalQuantity(input)), 0);
  });

for (const text of ['', 'a', '1.2.3', '1Gib', '1 ', '--1', '1e', 'Ki', '.', '1e9999', '1'.repeat(1000), '1K'])
  test(`'${text.slice(0, 10)}' is no quantity`, () => {
    assert.throws(() => parseQuantity(text), BadRequest);
  });

test('helpers round up, sums keep the family', () => {
  assert.equal(milliValueOf('1'), 1000);
  assert.equal(milliValueOf('1u'), 1);
  assert.equal(valueOf('1.5Gi'), 1610612736);
  assert.equal(valueOf('100m'), 1);
  assert.equal(valueOf(undefined), 0);
  assert.equal(formatQuantity(addQuantity('1Gi', '1Gi')), '2Gi');
  assert.equal(formatQuantity(addQuantity(undefined, '1Gi')), '1Gi');
  assert.equal(formatQuantity(subQuantity('1', '250m')), '750m');
  assert.equal(formatQuantity(quantityOfMilli(1500)), '1500m');
  assert.equal(canonicalQuantity('1n', { milli: true }), '1m');
});

test('the canonical form is a fixed point and keeps the amount, for any quantity', () => {
  const suffixes = ['', 'n', 'u', 'm', 'k', 'M', 'G', 'T', 'P', 'E', 'Ki', 'Mi', 'Gi', 'Ti', 'e3', 'E-3', 'e9'];
  const quantity = fc.tuple(
    fc.integer({ min: -99999, max: 99999 }),
    fc.nat({ max: 999 }),
    fc.constantFrom(...suffixes),
  );
  fc.assert(
    fc.property(quantity, ([whole, fraction, suffix]) => {
      const text = `${whole}.${fraction}${suffix}`;
      const once = canonicalQuantity(text);
      assert.equal(canonicalQuantity(once), once);
      assert.equal(compareQuantity(once, text), 0);
      for (const form of [once, text]) assert.equal(isZeroQuantity(form), whole === 0 && fraction === 0, form);
    }),
  );
});
