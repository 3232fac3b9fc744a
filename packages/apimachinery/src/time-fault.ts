/** Why text is no RFC 3339 time, in Go's words, which Kubernetes passes on. Looked for only once the text has been refused. */

export const TIME_LAYOUT = '2006-01-02T15:04:05Z07:00';
export const MICRO_TIME_LAYOUT = '2006-01-02T15:04:05.000000Z07:00';

interface Part {
  /** As the layout has it. */
  shown: string;
  /** What the text is to begin with. */
  pattern: RegExp;
  range?: readonly [name: string, least: number, most: number];
}

const number = (shown: string, range?: Part['range']): Part => ({
  shown,
  pattern: shown.length === 4 ? /^\d{4}/ : /^\d{2}/,
  ...(range && { range }),
});
const sign = (shown: string): Part => ({ shown, pattern: new RegExp(`^${shown}`) });

const DATE_AND_CLOCK: readonly Part[] = [
  number('2006'),
  sign('-'),
  number('01', ['month', 1, 12]),
  sign('-'),
  number('02'),
  sign('T'),
  number('15', ['hour', 0, 23]),
  sign(':'),
  number('04', ['minute', 0, 59]),
  sign(':'),
  number('05', ['second', 0, 59]),
];
const ZONE: Part = { shown: 'Z07:00', pattern: /^(?:Z|[+-]\d{2}:\d{2})/ };
const LAYOUTS: Readonly<Record<string, readonly Part[]>> = {
  // any fraction may follow the seconds
  [TIME_LAYOUT]: [...DATE_AND_CLOCK, { shown: '', pattern: /^(?:[.,]\d+)?/ }, ZONE],
  [MICRO_TIME_LAYOUT]: [...DATE_AND_CLOCK, { shown: '.000000', pattern: /^[.,]\d{6}/ }, ZONE],
};

export function timeFault(text: string, layout: string): string {
  const start = `parsing time ${JSON.stringify(text)}`;
  let rest = text;
  for (const { shown, pattern, range } of LAYOUTS[layout] ?? []) {
    const found = pattern.exec(rest)?.[0];
    if (found === undefined)
      return `${start} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(shown)}`;
    rest = rest.slice(found.length);
    if (range && (Number(found) < range[1] || Number(found) > range[2])) return `${start}: ${range[0]} out of range`;
  }
  return rest ? `${start}: extra text: ${JSON.stringify(rest)}` : `${start}: day out of range`;
}
