import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseSchedule } from './schedule.ts';

const next = (schedule: string, after: string, zone?: string) =>
  parseSchedule(schedule, zone).next(new Date(after))?.toISOString().replace(':00.000Z', '');

describe('cron schedules', () => {
  const rows: [string, string, string, string?][] = [
    ['* * * * *', '2025-01-01T00:00:30Z', '2025-01-01T00:01'],
    ['*/15 * * * *', '2025-01-01T00:15:00Z', '2025-01-01T00:30'],
    ['5/20 * * * *', '2025-01-01T00:26:00Z', '2025-01-01T00:45'],
    ['0 9-17/4 * * mon-fri', '2025-01-03T17:00:00Z', '2025-01-06T09:00'],
    ['30 6 1,15 * *', '2025-01-02T00:00:00Z', '2025-01-15T06:30'],
    ['0 0 13 * fri', '2025-01-01T00:00:00Z', '2025-01-03T00:00'],
    ['0 0 29 feb *', '2025-01-01T00:00:00Z', '2028-02-29T00:00'],
    ['@hourly', '2025-01-01T00:59:59Z', '2025-01-01T01:00'],
    ['@weekly', '2025-01-01T00:00:00Z', '2025-01-05T00:00'],
    ['@every 1h30m', '2025-01-01T00:00:00Z', '2025-01-01T01:30'],
    ['0 12 * * ?', '2025-01-01T00:00:00Z', '2025-01-01T12:00'],
    ['0 9 * * *', '2025-01-01T00:00:00Z', '2025-01-01T08:00', 'Europe/Berlin'],
    ['0 9 * * *', '2025-07-01T00:00:00Z', '2025-07-01T07:00', 'Europe/Berlin'],
    ['30 2 * * *', '2025-03-30T00:00:00Z', '2025-03-31T00:30', 'Europe/Berlin'],
    ['0 0 * * *', '2025-01-01T00:00:00Z', '2025-01-01T18:30', 'Asia/Kolkata'],
  ];
  for (const [schedule, after, expected, zone] of rows) {
    it(`${schedule} after ${after}${zone ? ` in ${zone}` : ''} is ${expected}`, () =>
      assert.equal(next(schedule, after, zone), expected));
  }

  it('that never come are found out', () => assert.equal(next('0 0 31 feb *', '2025-01-01T00:00:00Z'), undefined));

  it('find the last time that was missed, however long ago', () => {
    const yearly = parseSchedule('0 0 1 1 *');
    assert.equal(
      yearly.latest(new Date('2025-06-01T00:00:00Z'), new Date('2020-06-01T00:00:00Z'))?.toISOString(),
      '2025-01-01T00:00:00.000Z',
    );
    assert.equal(yearly.latest(new Date('2025-06-01T00:00:00Z'), new Date('2025-01-01T00:00:00Z')), undefined);
    const minutely = parseSchedule('* * * * *');
    assert.equal(
      minutely.latest(new Date('2025-06-01T00:00:10Z'), new Date('2020-06-01T00:00:00Z'))?.toISOString(),
      '2025-06-01T00:00:00.000Z',
    );
  });

  const wrong: [string, RegExp][] = [
    ['* * * *', /expected exactly 5 fields, found 4/],
    ['60 * * * *', /end of range \(60\) above maximum \(59\)/],
    ['* * 0 * *', /below minimum \(1\)/],
    ['*/0 * * * *', /should be a positive number/],
    ['5-1 * * * *', /beyond end of range/],
    ['x * * * *', /failed to parse int from x/],
    ['@never', /unrecognized descriptor/],
    ['@every soon', /failed to parse duration/],
  ];
  for (const [schedule, message] of wrong)
    it(`${schedule} is refused`, () => assert.throws(() => parseSchedule(schedule), message));

  it('in a zone that is none are refused', () =>
    assert.throws(() => parseSchedule('* * * * *', 'Mars/Olympus'), RangeError));
});
