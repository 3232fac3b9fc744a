import assert from 'node:assert/strict';
import { it } from 'node:test';
import { openStore } from './open-store.ts';

for (const [url, message] of [
  ['', 'the store URL "" must start with memory:, leveldb:///path or etcd://host:port'],
  ['sqlite:///x', 'the store URL "sqlite:///x" must start with memory:, leveldb:///path or etcd://host:port'],
  ['leveldb:data', 'the store URL "leveldb:data" must name a folder by its whole path: leveldb:///path'],
  ['leveldb://host/data', 'the store URL "leveldb://host/data" must name a folder by its whole path: leveldb:///path'],
  ['leveldb:///a%zz', 'the store URL "leveldb:///a%zz" has a malformed % escape'],
  ['etcd://', 'the store URL "etcd://" must be etcd://host:port,host:port'],
  ['etcd://localhost', 'the store URL "etcd://localhost" must be etcd://host:port,host:port'],
  ['etcd://127.0.0.1:1', /^etcd at 127\.0\.0\.1:1 cannot be used: /],
] as const)
  it(`refuses the URL ${JSON.stringify(url)} and says why`, () => assert.rejects(openStore(url), { message }));

it('opens a store in memory', async () => {
  const store = await openStore('memory:');
  assert.equal(await store.revision(), 1);
  await store.close();
});
