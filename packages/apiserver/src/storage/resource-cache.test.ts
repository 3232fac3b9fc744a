/** What a store held at the start becomes entries in turns: nobody sees a part of it, and changes meanwhile are not lost. */
import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { ParsedBudget } from './parsed-budget.ts';
import { ResourceCache } from './resource-cache.ts';

const PREFIX = '/registry/configmaps/';
const COUNT = 10_000;
const nameOf = (i: number): string => `n-${String(i).padStart(5, '0')}`;

function loadedCache(): ResourceCache {
  const cache = new ResourceCache({
    prefix: PREFIX,
    parsed: () => undefined,
    budget: new ParsedBudget(1),
    from: COUNT,
  });
  cache.load(
    Array.from({ length: COUNT }, (_, i) => ({
      key: `${PREFIX}ns/${nameOf(i)}`,
      value: Buffer.from('{}'),
      modRevision: i + 1,
      createRevision: i + 1,
    })),
  );
  return cache;
}

test('whoever looks while entries are made sees all of them, in order', async () => {
  const cache = loadedCache();
  const placed = cache.place();
  await turn();
  assert.equal(cache.get('ns', nameOf(COUNT - 1))?.revision, COUNT);
  assert.equal(cache.countFrom('ns', `ns/${nameOf(9)}`), COUNT - 9);
  await placed;
  assert.deepEqual(
    Array.from(cache.list(), ({ name }) => name),
    Array.from({ length: COUNT }, (_, i) => nameOf(i)),
  );
});

test('a change while entries are made stands afterwards', async () => {
  const cache = loadedCache();
  const placed = cache.place();
  await turn();
  const last = `${PREFIX}ns/${nameOf(COUNT - 1)}`;
  const event = { key: last, value: Buffer.from('{}'), previous: undefined, createRevision: COUNT };
  assert.equal(cache.apply({ ...event, type: 'delete', revision: COUNT + 1 }).previous?.revision, COUNT);
  await placed;
  assert.equal(cache.get('ns', nameOf(COUNT - 1)), undefined);
  assert.equal(cache.count(), COUNT - 1);
});
