import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { MICRO_TIME_LAYOUT, TIME_LAYOUT, timeFault } from './time-fault.ts';

/** What is said after `parsing time "…"`, as Go 1.25 says it. */
const CASES: readonly (readonly [text: string, fault: string])[] = [
  ['x', ' as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"'],
  ['', ' as "2006-01-02T15:04:05Z07:00": cannot parse "" as "2006"'],
  ['2020', ' as "2006-01-02T15:04:05Z07:00": cannot parse "" as "-"'],
  ['2020-1-01', ' as "2006-01-02T15:04:05Z07:00": cannot parse "1-01" as "01"'],
  ['2020-12-01', ' as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T"'],
  ['2020-12-01T00:00:00', ' as "2006-01-02T15:04:05Z07:00": cannot parse "" as "Z07:00"'],
  ['2020-12-01T00:00:00.5', ' as "2006-01-02T15:04:05Z07:00": cannot parse "" as "Z07:00"'],
  ['2020-12-01T00:00:00Zx', ': extra text: "x"'],
  ['2020-13-01T00:00:00Z', ': month out of range'],
  ['2020-02-30T00:00:00Z', ': day out of range'],
  ['2020-12-01T25:00:00Z', ': hour out of range'],
  ['2020-12-01T23:60:00Z', ': minute out of range'],
  ['2020-12-01T23:59:60Z', ': second out of range'],
];

for (const [text, fault] of CASES)
  test(JSON.stringify(text), () => {
    assert.equal(timeFault(text, TIME_LAYOUT), `parsing time ${JSON.stringify(text)}${fault}`);
  });

test('a MicroTime needs its six digits', () => {
  assert.equal(
    timeFault('2020-12-01T00:00:00Z', MICRO_TIME_LAYOUT),
    'parsing time "2020-12-01T00:00:00Z" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "Z" as ".000000"',
  );
});
