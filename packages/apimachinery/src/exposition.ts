/**
 * Prometheus' text format, version 0.0.4: families of samples to text, and text back to samples. Pure.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export interface MetricFamily {
  name: string;
  help: string;
  type: 'counter' | 'gauge' | 'histogram';
  samples: readonly MetricSample[];
}

export interface MetricSample {
  /** '_bucket', '_sum', '_count' of a histogram. */
  suffix?: string;
  labels?: Readonly<Record<string, string>>;
  value: number;
  /** When it was so, where that is not now. */
  at?: Date;
}

/** A family without samples is left out. */
export const formatFamilies = (families: readonly MetricFamily[]): string =>
  families
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, help, type, samples }) =>
      [
        `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`,
        `# TYPE ${name} ${type}`,
        ...samples.map((sample) => formatSample(name, sample)),
        '',
      ].join('\n'),
    )
    .join('');

function formatSample(name: string, { suffix = '', labels = {}, value, at }: MetricSample): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`);
  const of = pairs.length > 0 ? `{${pairs.join(',')}}` : '';
  return `${name}${suffix}${of} ${formatValue(value)}${at ? ` ${at.getTime()}` : ''}`;
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

const formatValue = (value: number): string =>
  Number.isFinite(value) ? String(value) : Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';

export interface ParsedSample {
  name: string;
  labels: Readonly<Record<string, string>>;
  value: number;
  /** Milliseconds since 1970, where the line has one. */
  timestamp: number | undefined;
}

const LINE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})?[ \t]+(\S+)(?:[ \t]+(-?[0-9]+))?[ \t]*$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g;
const ESCAPED: Readonly<Record<string, string>> = { n: '\n' };

/** One sample a line; what is none (comments, blank or broken lines) is passed over. */
export function* parseSamples(text: string): Generator<ParsedSample> {
  for (const line of text.split('\n')) {
    const match = line.startsWith('#') ? undefined : LINE.exec(line);
    const [, name, labels = '', value = ''] = match ?? [];
    if (name === undefined) continue;
    const timestamp = match?.[4];
    yield {
      name,
      labels: labelsOf(labels),
      value: numberOf(value),
      timestamp: timestamp === undefined ? undefined : Number(timestamp),
    };
  }
}

const labelsOf = (text: string): Record<string, string> =>
  Object.fromEntries([...text.matchAll(LABEL)].map(([, key = '', value = '']) => [key, unescaped(value)]));

const unescaped = (value: string): string =>
  value.replaceAll(/\\(.)/g, (_, letter: string) => ESCAPED[letter] ?? letter);

function numberOf(text: string): number {
  if (/^[-+]?Inf$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return Number(text);
}
