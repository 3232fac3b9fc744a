import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as time from './time.ts';

const S = 1000;
const M = 60 * S;
const H = 60 * M;
const D = 24 * H;
const ages: [ms: number, text: string][] = [
  [-5 * S, '<invalid>'],
  [-S, '0s'],
  [0, '0s'],
  [119 * S, '119s'],
  [2 * M, '2m'],
  [4 * M + 30 * S, '4m30s'],
  [10 * M + 30 * S, '10m'],
  [3 * H + 5 * M, '3h5m'],
  [8 * H + 5 * M, '8h'],
  [47 * H, '47h'],
  [2 * D, '2d'],
  [5 * D + 3 * H, '5d3h'],
  [100 * D, '100d'],
  [800 * D, '2y70d'],
  [10 * 365 * D, '10y'],
];
for (const [ms, text] of ages) test(`${ms} ms is an age of ${text}`, () => assert.equal(time.formatAge(ms), text));

test('times are canonical in UTC', () => {
  assert.equal(time.canonicalTime('2025-01-02T03:04:05Z'), '2025-01-02T03:04:05Z');
  assert.equal(time.canonicalTime('2025-01-02T03:04:05.999+02:00'), '2025-01-02T01:04:05Z');
  assert.equal(time.canonicalMicroTime('2025-01-02T03:04:05.123456+01:00'), '2025-01-02T02:04:05.123456Z');
  for (const text of ['2025-01-02T03:04:05Z', '2025-01-02T03:04:05.5Z', '2025-01-02T03:04:05.123456789Z'])
    assert.equal(time.canonicalMicroTime(text), undefined, text);
  assert.equal(time.formatTime(new Date(0)), '1970-01-01T00:00:00Z');
  assert.equal(time.formatMicroTime(new Date(1)), '1970-01-01T00:00:00.001000Z');
  assert.equal(time.ageOf(undefined, new Date()), '<unknown>');
});

test('what is written as Kubernetes writes it stays as it is, leap days and ends of months included', () => {
  for (const day of ['2024-02-29', '2025-01-31', '2025-04-30', '0001-01-01', '9999-12-31']) {
    assert.equal(time.canonicalTime(`${day}T23:59:59Z`), `${day}T23:59:59Z`);
    assert.equal(time.canonicalMicroTime(`${day}T00:00:00.000001Z`), `${day}T00:00:00.000001Z`);
  }
});

for (const text of [
  '',
  'yesterday',
  '2025-13-01T00:00:00Z',
  '2025-00-01T00:00:00Z',
  '2025-01-00T00:00:00Z',
  '2025-04-31T00:00:00Z',
  '2025-01-02T03:60:00Z',
  '2025-02-30T00:00:00Z',
  '2025-01-02 03:04:05',
  '2025-01-02T25:00:00Z',
  '2025-01-02T03:04:05+99:00',
])
  test(`'${text}' is no time`, () => assert.equal(time.canonicalTime(text), undefined));

test('durations are Go’s', () => {
  const texts = ['1h0m0s', '1m30s', '1.5s', '250ms', '1.5µs', '7ns', '0s', '-2s', '1h1m1.000000001s'];
  for (const text of texts) assert.equal(time.formatDuration(time.parseDuration(text) ?? -1n), text);
  for (const text of ['', '1', 'h', '1d', '9999999999h']) assert.equal(time.parseDuration(text), undefined);
});

test('any duration survives its text', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }), (nanos) => {
      assert.equal(time.parseDuration(time.formatDuration(nanos)), nanos);
    }),
  );
});
