import assert from 'node:assert/strict';
import { it } from 'node:test';
import { startCompaction } from './compaction.ts';
import { until } from './conformance-watch.ts';
import { openStore } from './open-store.ts';

it('compacts what is older than asked, and keeps what is not', async () => {
  const store = await openStore('memory:');
  let now = 0;
  let looked = 0;
  const clock = (): Date => {
    looked++;
    return new Date(now);
  };
  const compaction = startCompaction(store, {
    keepMs: 60_000,
    everyMs: 1,
    clock,
  });
  for (let i = 0; i < 10; i++) await store.put('/a', Buffer.from(String(i)));
  const old = await store.revision();
  const seen = looked + 1;
  await until(() => looked > seen);
  assert.equal(store.compacted(), 0);
  now = 60_000;
  await store.put('/a', Buffer.from('young'));
  await until(() => store.compacted() > 0);
  assert.equal(store.compacted(), old, 'few changes came after it, yet it is old');
  assert.equal((await store.list({ prefix: '/', revision: old })).items[0]?.value.toString(), '9');
  compaction.close();
  await store.close();
});

it('says so when the store has stopped', async () => {
  const store = await openStore('memory:');
  await store.close();
  let error: unknown;
  const compaction = startCompaction(store, { keepMs: 10, onError: (e) => (error = e) });
  await until(() => error !== undefined);
  compaction.close();
});
