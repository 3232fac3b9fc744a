/**
 * State as of a past revision: the current one, with what has changed since put back from the log. Costs what has changed since then,
 * not what is stored.
 */
import type { KeyValue, ListOptions } from '../store.ts';
import { type CurrentValues, keyValueOf } from './current.ts';
import type { Log } from './log.ts';

export interface PastOptions {
  /** Keys of the range that have changed since, with the revision that each had then. */
  touched: ReadonlyMap<string, number>;
  current: CurrentValues;
  log: Log;
}

interface Found {
  key: string;
  revision: number;
}

/** Undefined when compaction took the values away meanwhile. */
export async function listPast(
  range: ListOptions,
  { touched, current, log }: PastOptions,
): Promise<{ items: KeyValue[]; more: boolean } | undefined> {
  const { limit = Infinity } = range;
  const found = keysThen(range, { touched, current, enough: limit + 1 });
  const items = await readValues(found.slice(0, limit), { current, log });
  const whole = items.filter((item) => item !== undefined);
  return whole.length === items.length ? { items: whole, more: found.length > limit } : undefined;
}

function keysThen(
  range: ListOptions,
  { touched, current, enough }: Pick<PastOptions, 'touched' | 'current'> & { enough: number },
): Found[] {
  const back = [...touched]
    .filter(([, revision]) => revision > 0)
    .map(([key, revision]) => ({ key, revision }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const found: Found[] = [];
  let next = 0;
  const takeBackBefore = (key: string | undefined): void => {
    for (let old = back[next]; old && (key === undefined || old.key < key); old = back[++next]) found.push(old);
  };
  current.scan(range, ({ key, modRevision }) => {
    if (touched.has(key)) return true;
    takeBackBefore(key);
    found.push({ key, revision: modRevision });
    return found.length < enough;
  });
  if (found.length < enough) takeBackBefore(undefined);
  return found.slice(0, enough);
}

/** Values at revisions, from memory where they are still current; undefined where they are compacted, or revision is 0. */
export async function readValues(
  wanted: readonly Found[],
  { current, log }: Pick<PastOptions, 'current' | 'log'>,
): Promise<(KeyValue | undefined)[]> {
  const values = wanted.map(({ key, revision }) => {
    const now = current.get(key);
    return now?.modRevision === revision ? now : undefined;
  });
  const missing = wanted.flatMap(({ revision }, i) => (revision > 0 && !values[i] ? [{ revision, i }] : []));
  if (missing.length === 0) return values;
  const records = await log.read(missing.map(({ revision }) => revision));
  records.forEach((record, n) => {
    const { i } = missing[n] ?? { i: -1 };
    if (record?.type === 'put') values[i] = keyValueOf(record);
  });
  return values;
}
