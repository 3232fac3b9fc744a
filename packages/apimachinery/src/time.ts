/**
 * Times and durations as Kubernetes writes them: Time is RFC 3339 in UTC with whole seconds, MicroTime has exactly six
 * fractional digits, a Duration is Go's ('1h0m0s'), an age is kubectl's ('5d3h').
 */

/** '2025-01-02T03:04:05Z'. */
export const formatTime = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`;

/** '2025-01-02T03:04:05.123000Z'. */
export const formatMicroTime = (date: Date): string => `${date.toISOString().slice(0, 23)}000Z`;

const RFC3339 = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(?:Z|([+-])(\d{2}):(\d{2}))$/;

/** Seconds since 1970 and nanos of any RFC 3339 time, or undefined. */
export function parseTime(text: string): { seconds: number; nanos: number } | undefined {
  const match = text.length <= 40 ? RFC3339.exec(text) : null;
  if (!match) return undefined;
  const [, day = '', clock = '', fraction = '', sign, hours, minutes] = match;
  const local = Date.parse(`${day}T${clock}Z`);
  // Date.parse rolls 30 February over to March; such a day is no day.
  if (Number.isNaN(local) || new Date(local).toISOString().slice(0, 19) !== `${day}T${clock}`) return undefined;
  if (Number(hours ?? 0) > 23 || Number(minutes ?? 0) > 59) return undefined;
  const offset = sign ? (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60) : 0;
  return { seconds: local / 1000 - offset, nanos: Number(fraction.padEnd(9, '0')) };
}

/** Canonical already, on a day that every month has: nearly all times that come by, without reading them. */
const PLAIN_TIME = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{6})?Z$/;
const TIME_LENGTH = '2006-01-02T15:04:05Z'.length;
const MICRO_TIME_LENGTH = '2006-01-02T15:04:05.000000Z'.length;

/** Canonical text of a Time, or undefined where `text` is none. */
export function canonicalTime(text: string): string | undefined {
  if (text.length === TIME_LENGTH && PLAIN_TIME.test(text)) return text;
  const time = parseTime(text);
  return time && secondsText(time.seconds, 'Z');
}

/** Canonical text of a MicroTime, or undefined where `text` is none: it has six fractional digits in any zone. */
export function canonicalMicroTime(text: string): string | undefined {
  if (text.length === MICRO_TIME_LENGTH && PLAIN_TIME.test(text)) return text;
  const time = MICROS.test(text) ? parseTime(text) : undefined;
  return time && microTimeText(time.seconds, time.nanos);
}
const MICROS = /\.\d{6}(?!\d)/;

/** Text of a protobuf Time. */
export const timeText = (seconds: number): string | undefined => secondsText(seconds, 'Z');
export const microTimeText = (seconds: number, nanos: number): string | undefined =>
  secondsText(seconds, `.${String(Math.floor(nanos / 1000)).padStart(6, '0')}Z`);

/** Years 0 to 9999 alone have an RFC 3339 text. */
function secondsText(seconds: number, end: string): string | undefined {
  if (!(seconds >= -62167219200 && seconds <= 253402300799)) return undefined;
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}${end}`;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** kubectl's human duration: '90s', '4m30s', '3h', '5d3h', '2y40d'. Milliseconds; a future of 2 s or more is '<invalid>'. */
export function formatAge(ms: number): string {
  if (ms <= -2 * SECOND) return '<invalid>';
  if (ms < 0) return '0s';
  if (ms < 2 * MINUTE) return `${Math.floor(ms / SECOND)}s`;
  if (ms < 10 * MINUTE) return pair(ms, [MINUTE, 'm'], [SECOND, 's']);
  if (ms < 3 * HOUR) return `${Math.floor(ms / MINUTE)}m`;
  if (ms < 8 * HOUR) return pair(ms, [HOUR, 'h'], [MINUTE, 'm']);
  if (ms < 2 * DAY) return `${Math.floor(ms / HOUR)}h`;
  if (ms < 8 * DAY) return pair(ms, [DAY, 'd'], [HOUR, 'h']);
  if (ms < 2 * YEAR) return `${Math.floor(ms / DAY)}d`;
  if (ms < 8 * YEAR) return pair(ms, [YEAR, 'y'], [DAY, 'd']);
  return `${Math.floor(ms / YEAR)}y`;
}

/** The age of a timestamp at `now`; '<unknown>' without one. */
export const ageOf = (timestamp: string | undefined | null, now: Date): string =>
  timestamp ? formatAge(now.getTime() - Date.parse(timestamp)) : '<unknown>';

type Unit = readonly [ms: number, letter: string];
function pair(ms: number, [major, a]: Unit, [minor, b]: Unit): string {
  const rest = Math.floor((ms % major) / minor);
  return `${Math.floor(ms / major)}${a}${rest === 0 ? '' : `${rest}${b}`}`;
}

/** The micro sign and the Greek letter, escaped: one such character would make the source of a whole bundle two bytes wide. */
const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  '\u00b5s': 1_000n,
  '\u03bcs': 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

/** Nanoseconds of Go's duration text ('1h30m', '1.5s', '-2ms', '0'), or undefined. */
export function parseDuration(text: string): bigint | undefined {
  if (text.length > 128) return undefined;
  const unsigned = text.replace(/^[+-]/, '');
  if (unsigned === '0') return 0n;
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|\u00b5s|\u03bcs|ms|s|m|h))+$/.test(unsigned)) return undefined;
  let total = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of unsigned.matchAll(
    /(\d*)\.?(\d*)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/g,
  )) {
    const scale = UNITS[unit] ?? 0n;
    total += BigInt(whole || '0') * scale + (BigInt(fraction || '0') * scale) / 10n ** BigInt(fraction.length);
  }
  const signed = text.startsWith('-') ? -total : total;
  return BigInt.asIntN(64, signed) === signed ? signed : undefined;
}

/** Go's duration text: '1h0m0s', '1.5s', '250ms', '0s'. */
export function formatDuration(nanos: bigint): string {
  if (nanos === 0n) return '0s';
  if (nanos < 0n) return `-${formatDuration(-nanos)}`;
  for (const [unit, letters] of [
    [1_000n, 'ns'],
    [1_000_000n, 'µs'],
    [1_000_000_000n, 'ms'],
  ] as const)
    if (nanos < unit) return `${decimal(nanos, unit / 1000n)}${letters}`;
  const minutes = nanos / 60_000_000_000n;
  const seconds = `${decimal(nanos % 60_000_000_000n, 1_000_000_000n)}s`;
  if (minutes === 0n) return seconds;
  return minutes < 60n ? `${minutes}m${seconds}` : `${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

function decimal(amount: bigint, unit: bigint): string {
  const rest = amount % unit;
  if (rest === 0n) return `${amount / unit}`;
  const digits = String(rest)
    .padStart(String(unit).length - 1, '0')
    .replace(/0+$/, '');
  return `${amount / unit}.${digits}`;
}
