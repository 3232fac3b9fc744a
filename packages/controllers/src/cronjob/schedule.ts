/**
 * Cron schedules as CronJobs write them: five fields with lists, ranges, steps and names, or @hourly and its like, or
 * '@every 1h30m', in any time zone. Days of month and of week are ORed where both are restricted. Pure.
 */
export interface Schedule {
  /** The first time after this one; undefined where there is none within five years. */
  next(after: Date): Date | undefined;
  /** The last time up to and including this one, but after `earliest`. */
  latest(until: Date, earliest: Date): Date | undefined;
}

const MACROS: Record<string, string> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

interface Field {
  values: Set<number>;
  /** '*' or '?': says nothing. */
  any: boolean;
}

/** Throws an Error that says which part is wrong. */
export function parseSchedule(text: string, timeZone = 'UTC'): Schedule {
  const every = /^@every (.+)$/.exec(text);
  if (every) return everySoOften(durationOf(every[1] ?? ''));
  const parts = (MACROS[text] ?? text).trim().split(/\s+/);
  if (text.startsWith('@') && !MACROS[text]) throw new Error(`unrecognized descriptor: ${text}`);
  if (parts.length !== 5) throw new Error(`expected exactly 5 fields, found ${parts.length}: [${parts.join(' ')}]`);
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = parts;
  const fields = {
    minute: parseField(minute, { min: 0, max: 59 }),
    hour: parseField(hour, { min: 0, max: 23 }),
    day: parseField(day, { min: 1, max: 31 }),
    month: parseField(month, { min: 1, max: 12, names: MONTHS, firstName: 1 }),
    weekday: parseField(weekday, { min: 0, max: 6, names: DAYS, firstName: 0 }),
  };
  const local = localTimeIn(timeZone);
  return withLatest((after) => search(fields, local, after));
}

const everySoOften = (ms: number): Schedule => withLatest((after) => new Date(after.getTime() + ms));

type Fields = Record<'minute' | 'hour' | 'day' | 'month' | 'weekday', Field>;

const MINUTE = 60_000;
const YEARS_5 = 5 * 366 * 86_400_000;

function search(fields: Fields, local: (time: number) => Local, after: Date): Date | undefined {
  const end = after.getTime() + YEARS_5;
  let time = (Math.floor(after.getTime() / MINUTE) + 1) * MINUTE;
  while (time < end) {
    const at = local(time);
    if (!fields.month.values.has(at.month) || !isDay(fields, at)) time += (24 * 60 - at.hour * 60 - at.minute) * MINUTE;
    else if (!fields.hour.values.has(at.hour)) time += (60 - at.minute) * MINUTE;
    else if (!fields.minute.values.has(at.minute)) time += MINUTE;
    else return new Date(time);
  }
  return undefined;
}

function isDay({ day, weekday }: Fields, at: Local): boolean {
  const [byDay, byWeekday] = [day.values.has(at.day), weekday.values.has(at.weekday)];
  return day.any || weekday.any ? byDay && byWeekday : byDay || byWeekday;
}

interface Range {
  min: number;
  max: number;
  names?: readonly string[];
  firstName?: number;
}

function parseField(text: string, range: Range): Field {
  const values = new Set<number>();
  for (const part of text.split(',')) for (const value of parsePart(part, range)) values.add(value);
  return { values, any: text.split(',').some((part) => /^[*?](\/1)?$/.test(part)) };
}

function parsePart(part: string, range: Range): number[] {
  const [span = '', stepText, ...rest] = part.split('/');
  const step = stepText === undefined ? 1 : Number(stepText);
  if (rest.length > 0) throw new Error(`too many slashes: ${part}`);
  if (!Number.isInteger(step) || step < 1) throw new Error(`step of range should be a positive number: ${part}`);
  const [low, high] = bounds(span, range, stepText !== undefined);
  if (low < range.min) throw new Error(`beginning of range (${low}) below minimum (${range.min}): ${part}`);
  if (high > range.max) throw new Error(`end of range (${high}) above maximum (${range.max}): ${part}`);
  if (low > high) throw new Error(`beginning of range (${low}) beyond end of range (${high}): ${part}`);
  return Array.from({ length: Math.floor((high - low) / step) + 1 }, (_, i) => low + i * step);
}

function bounds(span: string, range: Range, hasStep: boolean): [number, number] {
  if (span === '*' || span === '?') return [range.min, range.max];
  const [from = '', to, ...rest] = span.split('-');
  if (rest.length > 0) throw new Error(`too many hyphens: ${span}`);
  const low = valueOf(from, range);
  // '5/15' runs to the end of the field.
  return [low, to === undefined ? (hasStep ? range.max : low) : valueOf(to, range)];
}

function valueOf(text: string, { names, firstName = 0 }: Range): number {
  const named = names?.indexOf(text.toLowerCase()) ?? -1;
  if (named >= 0) return named + firstName;
  if (!/^[0-9]{1,4}$/.test(text)) throw new Error(`failed to parse int from ${text}`);
  return Number(text);
}

const UNITS: Record<string, number> = { h: 3_600_000, m: MINUTE, s: 1000 };

function durationOf(text: string): number {
  if (!/^([0-9]+[hms])+$/.test(text)) throw new Error(`failed to parse duration @every ${text}`);
  const ms = [...text.matchAll(/([0-9]+)([hms])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (UNITS[unit ?? ''] ?? 0),
    0,
  );
  return Math.max(1000, ms);
}

interface Local {
  month: number;
  day: number;
  weekday: number;
  hour: number;
  minute: number;
}

/** Throws for a time zone that nobody knows. */
function localTimeIn(timeZone: string): (time: number) => Local {
  if (timeZone === 'UTC' || timeZone === 'Etc/UTC') return utc;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    month: 'numeric',
    day: 'numeric',
    weekday: 'short',
    hour: 'numeric',
    minute: 'numeric',
  });
  return (time) => {
    const parts = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, value]));
    const { month, day, hour, minute, weekday = '' } = parts;
    return {
      month: Number(month),
      day: Number(day),
      hour: Number(hour),
      minute: Number(minute),
      weekday: DAYS.indexOf(weekday.toLowerCase()),
    };
  };
}

function utc(time: number): Local {
  const at = new Date(time);
  return {
    month: at.getUTCMonth() + 1,
    day: at.getUTCDate(),
    weekday: at.getUTCDay(),
    hour: at.getUTCHours(),
    minute: at.getUTCMinutes(),
  };
}

/** Backwards in windows that double: a schedule that was missed for months is found in a few steps. */
function withLatest(next: Schedule['next']): Schedule {
  return {
    next,
    latest(until, earliest) {
      for (let window = MINUTE; ; window *= 2) {
        const from = new Date(Math.max(until.getTime() - window, earliest.getTime()));
        let found: Date | undefined;
        for (let at = next(from); at && at <= until; at = next(at)) found = at;
        if (found || from.getTime() <= earliest.getTime()) return found;
      }
    },
  };
}
