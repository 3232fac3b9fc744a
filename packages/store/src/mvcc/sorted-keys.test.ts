import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createRandom } from '../random-run.ts';
import { SortedKeys } from './sorted-keys.ts';

const scanned = (keys: SortedKeys, from = ''): string[] => {
  const found: string[] = [];
  keys.scan(from, (key) => found.push(key) > 0);
  return found;
};

it('keeps thousands of keys in order through inserts and deletes', () => {
  const random = createRandom(5);
  const model = new Set(Array.from({ length: 2000 }, () => `/k/${Math.floor(random() * 9000)}`));
  const keys = new SortedKeys(model);
  for (let i = 0; i < 20_000; i++) {
    const key = `/k/${Math.floor(random() * 9000)}`;
    const adds = random() < 0.55 && i < 15_000;
    for (const set of [keys, model])
      if (adds) set.add(key);
      else set.delete(key);
    if (i % 2500 === 0) assert.deepEqual(scanned(keys), [...model].sort());
  }
  const from = '/k/5';
  assert.deepEqual(
    scanned(keys, from),
    [...model].sort().filter((key) => key >= from),
  );
  for (const key of model) keys.delete(key);
  assert.deepEqual(scanned(keys), []);
  keys.add('/a');
  assert.deepEqual(scanned(keys), ['/a']);
});

it('stops a scan when it is told to', () => {
  const keys = new SortedKeys(['c', 'a', 'b']);
  const found: string[] = [];
  keys.scan('a', (key) => found.push(key) < 2);
  assert.deepEqual(found, ['a', 'b']);
});
