/** What changed between two values, a line per leaf: for messages that say which change was refused. */
const MOST_LINES = 20;

/** '- spec.nodeName: "a"' for what was, '+ spec.nodeName: "b"' for what would be. */
export function describeDifference(old: unknown, next: unknown): string {
  const lines: string[] = [];
  compare(old, next, '', lines);
  const shown = lines.slice(0, MOST_LINES);
  return lines.length > MOST_LINES
    ? [...shown, `… and ${lines.length - MOST_LINES} more`].join('\n')
    : shown.join('\n');
}

function compare(old: unknown, next: unknown, at: string, lines: string[]): void {
  if (isTree(old) && isTree(next) && Array.isArray(old) === Array.isArray(next)) {
    const keys = new Set([...Object.keys(old), ...Object.keys(next)]);
    for (const key of keys) {
      const place = Array.isArray(old) ? `${at}[${key}]` : at ? `${at}.${key}` : key;
      compare(old[key], next[key], place, lines);
    }
    return;
  }
  const [before, after] = [JSON.stringify(old), JSON.stringify(next)];
  if (before === after) return;
  if (old !== undefined) lines.push(`- ${at}: ${before}`);
  if (next !== undefined) lines.push(`+ ${at}: ${after}`);
}

const isTree = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
