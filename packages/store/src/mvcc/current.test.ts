/** Scans of any part agree with a sorted list of all keys, whatever came and went since that part, or another, was scanned. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createRandom } from '../random-run.ts';
import { CurrentValues } from './current.ts';
import type { LogRecord } from './log.ts';

const PREFIXES = ['', '/', '/a/', '/a/x/', '/a/x/1', '/b', '/b/y/', '/none/'];
const FOLDERS = ['', '/', '/a/', '/a/x/', '/b/y/', '/bb/'];

const recordOf = (type: LogRecord['type'], key: string, revision: number): LogRecord => ({
  type,
  key,
  revision,
  value: Buffer.alloc(0),
  createRevision: revision,
  previousRevision: 0,
  expiresAt: 0,
});

function scanned(values: CurrentValues, prefix: string, from?: string): string[] {
  const found: string[] = [];
  values.scan({ prefix, ...(from !== undefined && { from }) }, ({ key }) => found.push(key) > 0);
  return found;
}

it('scans parts in order through inserts and deletes', () => {
  const random = createRandom(11);
  const below = (count: number): number => Math.floor(random() * count);
  const model = new Set<string>();
  const values = new CurrentValues();
  for (let i = 1; i <= 30_000; i++) {
    const key = `${FOLDERS[below(FOLDERS.length)]}${1 + below(400)}`;
    const adds = random() < 0.6;
    values.apply(recordOf(adds ? 'put' : 'delete', key, i));
    if (adds) model.add(key);
    else model.delete(key);
    if (below(200) > 0) continue;
    const prefix = PREFIXES[below(PREFIXES.length)] ?? '';
    const expected = [...model].filter((one) => one.startsWith(prefix)).sort();
    assert.deepEqual(scanned(values, prefix), expected);
    const from = expected[below(expected.length)] ?? '';
    assert.deepEqual(
      scanned(values, prefix, from),
      expected.filter((one) => one >= from),
    );
  }
});
