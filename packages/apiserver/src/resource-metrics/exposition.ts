/** Reads Prometheus' text format: one sample a line. What is no sample (comments, blank or broken lines) is passed over. Pure. */
export interface Sample {
  name: string;
  labels: Readonly<Record<string, string>>;
  value: number;
  /** Milliseconds since 1970, where the line has one. */
  timestamp: number | undefined;
}

const LINE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})?[ \t]+(\S+)(?:[ \t]+(-?[0-9]+))?[ \t]*$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g;
const ESCAPED: Readonly<Record<string, string>> = { n: '\n' };

export function* parseSamples(text: string): Generator<Sample> {
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
