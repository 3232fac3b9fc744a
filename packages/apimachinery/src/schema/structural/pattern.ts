/**
 * Patterns of schemas are written for Go's RE2 and run on JavaScript's engine, which may backtrack: what RE2 writes
 * differently is rewritten, and long text is refused unread.
 */
const MAX_TEXT = 16 * 1024;

/** Undefined where the pattern is none. */
export function compilePattern(pattern: string): RegExp | undefined {
  const flags = /^\(\?([ims]+)\)/.exec(pattern);
  const body = (flags ? pattern.slice(flags[0].length) : pattern)
    .replaceAll('(?P<', '(?<')
    .replaceAll('\\A', '^')
    .replaceAll('\\z', '$')
    .replaceAll(/\[\[:(\w+):\]\]/g, (all, name: string) => (CLASSES[name] ? `[${CLASSES[name]}]` : all));
  for (const unicode of ['u', ''])
    try {
      return new RegExp(body, `${unicode}${flags?.[1] ?? ''}`);
    } catch {
      continue;
    }
  return undefined;
}

const CLASSES: Readonly<Record<string, string>> = {
  alnum: 'A-Za-z0-9',
  alpha: 'A-Za-z',
  digit: '0-9',
  lower: 'a-z',
  upper: 'A-Z',
  space: '\\s',
  word: '\\w',
  xdigit: '0-9A-Fa-f',
};

export const matchesPattern = (pattern: RegExp, text: string): boolean => text.length <= MAX_TEXT && pattern.test(text);
