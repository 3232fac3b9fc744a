/** Texts of indexes of an indexed Job: '1,3-5' is increasing and below the number of completions. */

type Interval = readonly [first: number, last: number];

/** What is wrong with the text; undefined for a sound one. */
export function indexFault(text: string, completions: number): string | undefined {
  let last: number | undefined;
  for (const part of text === '' ? [] : text.split(',')) {
    const interval = parseInterval(part, completions);
    if (typeof interval === 'string') return interval;
    if (last !== undefined && last >= interval[0]) return decreasing(last, interval[0]);
    last = interval[1];
  }
  return undefined;
}

/** Names the first index that is in both; parts that cannot be read are none. */
export function overlapFault(completed: string, failed: string, completions: number): string | undefined {
  const [ours, theirs] = [intervals(completed, completions), intervals(failed, completions)];
  for (const [first, last] of ours)
    for (const [x, y] of theirs)
      if (first <= y && x <= last) return `failedIndexes and completedIndexes overlap at index: ${Math.max(first, x)}`;
  return undefined;
}

const intervals = (text: string, completions: number): Interval[] =>
  (text === '' ? [] : text.split(','))
    .map((part) => parseInterval(part, completions))
    .filter((interval) => typeof interval !== 'string');

const decreasing = (previous: number, current: number): string =>
  `non-increasing order, previous: ${previous}, current: ${current}`;

function parseInterval(text: string, completions: number): Interval | string {
  const parts = text.split('-');
  if (parts.length > 2)
    return `the fragment ${JSON.stringify(text)} violates the requirement that an index interval can have at most two parts separated by '-'`;
  for (const part of parts) {
    if (!/^[+]?\d+$/.test(part)) return `cannot convert string to integer for index: ${JSON.stringify(part)}`;
    if (Number(part) >= completions) return `too large index: ${JSON.stringify(part)}`;
  }
  const [first = 0, last = first] = parts.map(Number);
  return parts.length === 2 && first >= last ? decreasing(first, last) : [first, last];
}
