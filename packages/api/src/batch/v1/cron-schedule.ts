/** Cron schedules: five fields of numbers, names, ranges, steps and lists, or one of the @-words. */
interface Field {
  name: string;
  min: number;
  max: number;
  names?: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const FIELDS: readonly Field[] = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of month', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12, names: MONTHS },
  { name: 'day of week', min: 0, max: 6, names: DAYS },
];

const WORDS = new Set(['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly']);

/** Why a text is no schedule, or undefined. */
export function scheduleFault(schedule: string): string | undefined {
  const text = schedule.replace(/^\s*(TZ|CRON_TZ)=\S*\s+/, '').trim();
  if (text.startsWith('@')) {
    if (WORDS.has(text) || /^@every ([0-9]+(\.[0-9]+)?(ns|us|\u00b5s|ms|s|m|h))+$/.test(text)) return undefined;
    return `unrecognized descriptor: ${text}`;
  }
  const parts = text.split(/\s+/);
  if (parts.length !== FIELDS.length) return `expected exactly 5 fields, found ${parts.length}: [${text}]`;
  for (const [i, field] of FIELDS.entries()) {
    const fault = (parts[i] ?? '')
      .split(',')
      .map((part) => partFault(part, field))
      .find((f) => f !== undefined);
    if (fault) return fault;
  }
  return undefined;
}

function partFault(part: string, field: Field): string | undefined {
  const [range = '', step, ...rest] = part.split('/');
  if (rest.length > 0) return `too many slashes: ${part}`;
  if (step !== undefined && !/^[0-9]{1,6}$/.test(step)) return `failed to parse int from ${step}`;
  if (step !== undefined && Number(step) === 0) return `step of range should be a positive number: ${part}`;
  if (range === '*' || range === '?') return undefined;
  const [low = '', high, ...more] = range.split('-');
  if (more.length > 0) return `too many hyphens: ${part}`;
  const start = numberOf(low, field);
  const end = high === undefined ? start : numberOf(high, field);
  if (start === undefined || end === undefined)
    return `failed to parse int from ${start === undefined ? low : (high ?? '')}`;
  if (start < field.min) return `beginning of range (${start}) below minimum (${field.min}): ${part}`;
  if (end > field.max) return `end of range (${end}) above maximum (${field.max}): ${part}`;
  return start > end ? `beginning of range (${start}) beyond end of range (${end}): ${part}` : undefined;
}

function numberOf(text: string, field: Field): number | undefined {
  const named = field.names?.indexOf(text.toLowerCase()) ?? -1;
  if (named >= 0) return named + field.min;
  return /^[0-9]{1,6}$/.test(text) ? Number(text) : undefined;
}
