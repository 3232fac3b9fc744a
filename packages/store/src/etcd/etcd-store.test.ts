import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { describeStore } from '../conformance.ts';
import { recordWatch, until } from '../conformance-watch.ts';
import type { Store } from '../store.ts';
import { EtcdConnection } from './connection.ts';
import { createEtcdProcess, etcdVersion } from './etcd-process.ts';
import { openEtcdStore } from './etcd-store.ts';

const version = await etcdVersion();
const etcd = await createEtcdProcess();

/** All keys gone: what a fresh store looks like, but for its revision. */
async function openEmpty(): Promise<Store> {
  const store = await openEtcdStore(etcd.url);
  const { items } = await store.list({ prefix: '' });
  await Promise.all(items.map(({ key }) => store.delete(key)));
  await store.close();
  return openEtcdStore(etcd.url);
}

describe(`etcd ${version ?? ''}`, { skip: !version && 'etcd is not installed' }, () => {
  before(() => etcd.start());
  after(() => etcd.remove());

  describeStore('the etcd store', {
    open: openEmpty,
    reopen: async (store) => {
      await store.close();
      return openEtcdStore(etcd.url);
    },
    seeds: [1, 2],
    rounds: 40, // etcd lets each watch of the past wait for a tenth of a second
  });

  it('is shared: what one opener writes another reads and watches, and only one of them wins', async () => {
    const [a, b] = [await openEmpty(), await openEtcdStore(etcd.url)];
    const seen = recordWatch(b, { prefix: '/shared/', after: await a.revision() });
    const results = await Promise.all(
      [a, b, a, b].map((store) => store.put('/shared/x', Buffer.from('1'), { expected: 0 })),
    );
    assert.equal(results.filter(({ ok }) => ok).length, 1);
    const written = await a.put('/shared/y', Buffer.from('2'));
    assert.ok(written.ok);
    assert.equal((await b.get('/shared/y'))?.modRevision, written.revision);
    assert.ok((await b.revision()) >= written.revision);
    await until(() => seen.revision >= written.revision);
    assert.deepEqual(
      seen.events.map(({ key }) => key),
      ['/shared/x', '/shared/y'],
    );
    seen.close();
    await Promise.all([a.close(), b.close()]);
  });

  it('watches from the moment it is open: a compaction right after it takes nothing away', async (t) => {
    // The first message of a watch is late, as on a busy machine.
    const { watch } = EtcdConnection.prototype;
    t.mock.method(EtcdConnection.prototype, 'watch', function late(this: EtcdConnection) {
      const stream = watch.call(this);
      const write = stream.write.bind(stream);
      stream.write = (message: object) => {
        setTimeout(() => write(message), 50);
        return true;
      };
      return stream;
    });
    const store = await openEtcdStore(etcd.url);
    const seen = recordWatch(store, { prefix: '/compacted/' });
    await store.put('/compacted/a', Buffer.from('1'));
    await store.put('/compacted/a', Buffer.from('2'));
    await store.compact(await store.revision());
    await until(() => seen.events.length === 2);
    assert.equal(seen.error, undefined);
    await store.close();
  });

  it('makes a watch anew that says nothing any more', async (t) => {
    const { watch } = EtcdConnection.prototype;
    let streams = 0;
    t.mock.method(EtcdConnection.prototype, 'watch', function silent(this: EtcdConnection) {
      const stream = watch.call(this);
      const emit = stream.emit.bind(stream) as (event: string, message: unknown) => boolean;
      // the first one tells that it is there, and nothing of what happens
      const isHeard = ++streams > 1;
      t.mock.method(stream, 'emit', (event: string, message: { created?: boolean }) =>
        isHeard || event !== 'data' || message.created ? emit(event, message) : true,
      );
      return stream;
    });
    const store = await openEtcdStore(etcd.url, { patienceMs: 50 });
    const seen = recordWatch(store, { prefix: '/silent/' });
    await store.put('/silent/a', Buffer.from('1'));
    await store.put('/silent/a', Buffer.from('2'));
    await until(() => seen.events.length === 2);
    assert.equal(streams, 2);
    await store.close();
  });

  it('lists more than one answer of etcd holds, in one revision', async () => {
    const store = await openEmpty();
    const keys = Array.from({ length: 2500 }, (_, i) => `/many/${String(i).padStart(5, '0')}`);
    await Promise.all(keys.map((key) => store.put(key, Buffer.from(key))));
    const all = await store.list({ prefix: '/many/' });
    assert.deepEqual(
      all.items.map(({ key }) => key),
      keys,
    );
    const some = await store.list({ prefix: '/many/', from: keys[100], limit: 1500 });
    assert.deepEqual(
      some.items.map(({ key }) => key),
      keys.slice(100, 1600),
    );
    assert.equal(some.more, true);
    await store.close();
  });

  it('goes on watching, with nothing missed, when etcd was killed and comes back', async () => {
    const store = await openEmpty();
    const start = await store.revision();
    const seen = recordWatch(store, { prefix: '/kept/' });
    await store.put('/kept/before', Buffer.from('1'));
    await until(() => seen.events.length === 1);
    await etcd.kill();
    await assert.rejects(store.put('/kept/lost', Buffer.from('1')));
    await etcd.start();
    const again = await openEtcdStore(etcd.url);
    const written = await again.put('/kept/after', Buffer.from('1'));
    assert.ok(written.ok);
    await until(() => seen.revision >= written.revision, 20_000);
    assert.equal(seen.events.at(-1)?.key, '/kept/after');
    const replayed = recordWatch(store, { prefix: '/kept/', after: start });
    await until(() => replayed.revision >= written.revision);
    assert.deepEqual(
      replayed.events.map(({ revision }) => revision),
      seen.events.map(({ revision }) => revision),
    );
    for (const watch of [seen, replayed]) watch.close();
    await Promise.all([store.close(), again.close()]);
  });
});
