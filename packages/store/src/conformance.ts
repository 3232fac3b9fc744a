/**
 * The contract of a store, as tests: a backend's whole test file but for its own quirks. `open` gives a fresh, empty store; `reopen`
 * closes one and opens the same data again (absent where nothing outlives the process). What they open they clean up themselves.
 */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { recordWatch, until } from './conformance-watch.ts';
import { randomRun } from './random-run.ts';
import { CompactedError, FutureRevisionError, type Store, StoreClosedError } from './store.ts';

export interface Backend {
  open(): Promise<Store>;
  reopen?: (store: Store) => Promise<Store>;
  /** Seeds of the random run, and how long each is. */
  seeds?: readonly number[];
  rounds?: number;
}

const bytes = (text: string): Buffer => Buffer.from(text);
const texts = (items: readonly { key: string; value: Buffer }[]): string[] =>
  items.map((i) => `${i.key}=${i.value.toString()}`);

export function describeStore(name: string, backend: Backend): void {
  describe(name, () => {
    const opened = new Set<Store>();
    const open = async (): Promise<Store> => {
      const store = await backend.open();
      opened.add(store);
      return store;
    };
    after(() => Promise.all([...opened].map((store) => store.close())));
    describeWrites(open);
    describeReads(open);
    describeWatches(open);
    describeCompaction(open);
    describeEnd(open);
    if (backend.reopen) describeReopen(open, backend.reopen, opened);
    for (const seed of backend.seeds ?? [1, 2, 3])
      it(`agrees with a plain map in a random run with seed ${seed}`, async () => {
        const last = await randomRun(await open(), { seed, rounds: backend.rounds, reopen: backend.reopen });
        opened.add(last);
      });
  });
}

type Open = () => Promise<Store>;

function describeWrites(open: Open): void {
  it('creates, changes and deletes a key, each at a higher revision', async () => {
    const store = await open();
    const start = await store.revision();
    const created = await store.put('/a', bytes('1'), { expected: 0 });
    assert.ok(created.ok && created.revision > start && created.previous === undefined);
    const changed = await store.put('/a', bytes('2'), { expected: created.revision });
    assert.ok(changed.ok && changed.revision > created.revision);
    assert.equal(changed.previous?.modRevision, created.revision);
    const got = await store.get('/a');
    assert.deepEqual(got, {
      key: '/a',
      value: bytes('2'),
      modRevision: changed.revision,
      createRevision: created.revision,
    });
    const deleted = await store.delete('/a', { expected: changed.revision });
    assert.ok(deleted.ok && deleted.revision > changed.revision);
    assert.equal(deleted.previous?.value.toString(), '2');
    assert.equal(await store.get('/a'), undefined);
    assert.equal(await store.revision(), deleted.revision);
  });

  it('answers a lost race with what is there', async () => {
    const store = await open();
    const first = await store.put('/a', bytes('1'));
    assert.ok(first.ok);
    for (const lost of [
      await store.put('/a', bytes('2'), { expected: 0 }),
      await store.put('/a', bytes('2'), { expected: first.revision + 1 }),
      await store.delete('/a', { expected: first.revision + 1 }),
    ]) {
      assert.ok(!lost.ok);
      assert.equal(lost.current?.modRevision, first.revision);
    }
    const missing = await store.put('/b', bytes('2'), { expected: first.revision });
    assert.deepEqual(missing, { ok: false, current: undefined });
    assert.deepEqual(await store.delete('/b', { expected: 7 }), { ok: false, current: undefined });
    assert.equal(await store.revision(), first.revision);
  });

  it('deletes nothing where there is nothing', async () => {
    const store = await open();
    const result = await store.delete('/none');
    assert.ok(result.ok && result.previous === undefined);
  });

  it('lets exactly one of many writers win each revision of a key', async () => {
    const store = await open();
    const writers = Array.from({ length: 16 }, async (_, writer) => {
      for (let won = 0; won < 10;) {
        const now = await store.get('/counter');
        const value = bytes(String(Number(now?.value.toString() ?? 0) + 1));
        const result = await store.put('/counter', value, { expected: now?.modRevision ?? 0 });
        if (result.ok) won++;
        else assert.notEqual(result.current?.modRevision, now?.modRevision, `writer ${writer} lost to nobody`);
      }
    });
    await Promise.all(writers);
    assert.equal((await store.get('/counter'))?.value.toString(), '160');
  });

  it('judges a write against those queued before it', async () => {
    const store = await open();
    const results = await Promise.all([1, 2, 3].map((n) => store.put('/a', bytes(String(n)), { expected: 0 })));
    assert.equal(results.filter((result) => result.ok).length, 1);
    const [winner] = results.filter((result) => result.ok);
    for (const lost of results.filter((result) => !result.ok))
      assert.equal(lost.current?.modRevision, winner?.revision);
  });

  it('starts a key anew after it was deleted', async () => {
    const store = await open();
    await store.put('/a', bytes('1'));
    await store.delete('/a');
    const again = await store.put('/a', bytes('2'), { expected: 0 });
    assert.ok(again.ok);
    assert.equal((await store.get('/a'))?.createRevision, again.revision);
  });

  it('lets a key with a time to live vanish, and tells watchers', async () => {
    const store = await open();
    const seen = recordWatch(store, { prefix: '/events/' });
    await store.put('/events/short', bytes('1'), { ttlSeconds: 1 });
    await store.put('/events/renewed', bytes('1'), { ttlSeconds: 1 });
    await store.put('/events/renewed', bytes('2'));
    await until(() => seen.events.some((event) => event.type === 'delete'), 15_000);
    assert.equal(await store.get('/events/short'), undefined);
    assert.equal((await store.get('/events/renewed'))?.value.toString(), '2');
    const [gone, ...others] = seen.events.filter((event) => event.type === 'delete');
    assert.equal(gone?.key, '/events/short');
    assert.equal(gone?.value.toString(), '1');
    assert.deepEqual(others, []);
    seen.close();
  });

  it('keeps large and binary values as they are', async () => {
    const store = await open();
    const value = Buffer.from(Array.from({ length: 1_000_000 }, (_, i) => (i * 7) % 256));
    await store.put('/big', value);
    await store.put('/empty', Buffer.alloc(0));
    assert.ok((await store.get('/big'))?.value.equals(value));
    assert.equal((await store.get('/empty'))?.value.length, 0);
  });
}

function describeReads(open: Open): void {
  const keys = ['/p/a', '/p/b', '/p/b/x', '/p/c', '/pa', '/q/a'];
  const filled = async (): Promise<Store> => {
    const store = await open();
    for (const key of keys.toReversed()) await store.put(key, bytes('1'));
    return store;
  };

  it('lists a prefix in key order with the revision of the snapshot', async () => {
    const store = await filled();
    const { items, revision, more } = await store.list({ prefix: '/p/' });
    assert.deepEqual(texts(items), ['/p/a=1', '/p/b=1', '/p/b/x=1', '/p/c=1']);
    assert.equal(revision, await store.revision());
    assert.equal(more, false);
  });

  it('lists in pages', async () => {
    const store = await filled();
    const first = await store.list({ prefix: '/p/', limit: 3 });
    assert.deepEqual(texts(first.items), ['/p/a=1', '/p/b=1', '/p/b/x=1']);
    assert.equal(first.more, true);
    const rest = await store.list({ prefix: '/p/', from: '/p/b/x\0', limit: 3, revision: first.revision });
    assert.deepEqual(texts(rest.items), ['/p/c=1']);
    assert.equal(rest.more, false);
  });

  it('lists the state of a past revision', async () => {
    const store = await filled();
    const then = await store.revision();
    await store.put('/p/b', bytes('2'));
    await store.put('/p/b', bytes('3'));
    await store.delete('/p/a');
    await store.delete('/p/c');
    await store.put('/p/c', bytes('again'));
    await store.put('/p/d', bytes('new'));
    const past = await store.list({ prefix: '/p/', revision: then });
    assert.deepEqual(texts(past.items), ['/p/a=1', '/p/b=1', '/p/b/x=1', '/p/c=1']);
    assert.equal(past.revision, then);
    const page = await store.list({ prefix: '/p/', revision: then, from: '/p/b', limit: 2 });
    assert.deepEqual(texts(page.items), ['/p/b=1', '/p/b/x=1']);
    assert.equal(page.more, true);
    assert.deepEqual(texts((await store.list({ prefix: '/p/' })).items), [
      '/p/b=3',
      '/p/b/x=1',
      '/p/c=again',
      '/p/d=new',
    ]);
  });

  it('refuses a revision that has not been', async () => {
    const store = await open();
    await assert.rejects(store.list({ prefix: '/', revision: (await store.revision()) + 1 }), FutureRevisionError);
  });
}

function describeWatches(open: Open): void {
  it('tells a watcher of every change under its prefix, once and in order', async () => {
    const store = await open();
    const seen = recordWatch(store, { prefix: '/p/' });
    const created = await store.put('/p/a', bytes('1'));
    await store.put('/q/a', bytes('1'));
    const changed = await store.put('/p/a', bytes('2'));
    const deleted = await store.delete('/p/a');
    await until(() => seen.events.length === 3);
    assert.ok(created.ok && changed.ok && deleted.ok);
    const createRevision = created.revision;
    assert.deepEqual(seen.events, [
      { type: 'put', key: '/p/a', revision: created.revision, value: bytes('1'), previous: undefined, createRevision },
      { type: 'put', key: '/p/a', revision: changed.revision, value: bytes('2'), previous: bytes('1'), createRevision },
      {
        type: 'delete',
        key: '/p/a',
        revision: deleted.revision,
        value: bytes('2'),
        previous: bytes('2'),
        createRevision,
      },
    ]);
    seen.close();
  });

  it('moves a watcher on when other prefixes change', async () => {
    const store = await open();
    const seen = recordWatch(store, { prefix: '/p/' });
    const other = await store.put('/q/a', bytes('1'));
    assert.ok(other.ok);
    await until(() => seen.revision >= other.revision);
    assert.deepEqual(seen.events, []);
    seen.close();
  });

  it('replays the past to a watcher, then goes on', async () => {
    const store = await open();
    const start = await store.revision();
    const writes = Array.from({ length: 1200 }, (_, i) => store.put(`/p/${i % 7}`, bytes(String(i))));
    const order = (await Promise.all(writes))
      .map((result, i) => ({ revision: result.ok ? result.revision : 0, value: String(i) }))
      .sort((a, b) => a.revision - b.revision);
    await store.delete('/p/3');
    const seen = recordWatch(store, { prefix: '/p/', after: start });
    const later = await store.put('/p/later', bytes('x'));
    assert.ok(later.ok);
    await until(() => seen.revision >= later.revision);
    assert.equal(seen.events.length, 1202);
    assert.deepEqual(
      seen.events.slice(0, 1200).map(({ revision, value }) => ({ revision, value: value.toString() })),
      order,
    );
    const [last] = seen.events
      .slice(0, 1200)
      .filter(({ key }) => key === '/p/3')
      .slice(-1);
    assert.deepEqual(seen.events[1200]?.previous, last?.value);
    assert.equal(seen.events[1200]?.type, 'delete');
    seen.close();
  });

  it('misses and repeats nothing for watchers that catch up while others write', async () => {
    const store = await open();
    const start = await store.revision();
    const revisions: number[] = [];
    const watchers: ReturnType<typeof recordWatch>[] = [];
    const write = async (writer: number): Promise<void> => {
      for (let i = 0; i < 60; i++) {
        const result = await store.put(`/p/${writer}/${i % 3}`, bytes(String(i)));
        assert.ok(result.ok);
        revisions.push(result.revision);
        if (i % 6 === 0) watchers.push(recordWatch(store, { prefix: '/p/', after: start }));
      }
    };
    await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(write));
    revisions.sort((a, b) => a - b);
    for (const seen of watchers) {
      await until(() => seen.revision >= (revisions.at(-1) ?? 0) || seen.error !== undefined);
      assert.deepEqual(
        seen.events.map(({ revision }) => revision),
        revisions,
      );
      seen.close();
    }
  });

  it('stops telling when the watch is closed, and spares the others', async () => {
    const store = await open();
    const first = recordWatch(store, { prefix: '/' });
    const second = recordWatch(store, { prefix: '/' });
    first.close();
    await store.put('/a', bytes('1'));
    await until(() => second.events.length === 1);
    assert.equal(first.events.length, 0);
    second.close();
  });

  it('hears of a write only when a get sees it', async () => {
    const store = await open();
    const late: string[] = [];
    const watch = store.watch({
      prefix: '/',
      onEvents: (events) => {
        for (const event of events)
          void store.get(event.key).then((now) => (now?.modRevision ?? 0) < event.revision && late.push(event.key));
      },
      onError: () => {},
    });
    await Promise.all(Array.from({ length: 50 }, (_, i) => store.put(`/${i}`, bytes('1'))));
    assert.deepEqual(late, []);
    watch.close();
  });
}

function describeCompaction(open: Open): void {
  it('forgets changes up to the compacted revision and keeps what is newer', async () => {
    const store = await open();
    await store.put('/a', bytes('1'));
    const old = await store.revision();
    await store.put('/a', bytes('2'));
    await store.put('/gone', bytes('1'));
    await store.delete('/gone');
    const edge = await store.revision();
    await store.put('/a', bytes('3'));
    await store.compact(edge);
    assert.equal(store.compacted(), edge);
    await assert.rejects(store.list({ prefix: '/', revision: old }), CompactedError);
    assert.deepEqual(texts((await store.list({ prefix: '/', revision: edge })).items), ['/a=2']);
    assert.deepEqual(texts((await store.list({ prefix: '/' })).items), ['/a=3']);
    const tooOld = recordWatch(store, { prefix: '/', after: old });
    await until(() => tooOld.error !== undefined);
    assert.ok(tooOld.error instanceof CompactedError);
    const fromEdge = recordWatch(store, { prefix: '/', after: edge });
    await until(() => fromEdge.events.length === 1);
    assert.equal(fromEdge.events[0]?.previous?.toString(), '2');
    fromEdge.close();
  });

  it('does nothing when it was compacted further already, and refuses the future', async () => {
    const store = await open();
    for (let i = 0; i < 4; i++) await store.put('/a', bytes(String(i)));
    const newest = await store.revision();
    await store.compact(newest);
    await store.compact(newest - 2);
    assert.equal(store.compacted(), newest);
    await assert.rejects(store.compact(newest + 1), FutureRevisionError);
    assert.equal(await store.revision(), newest);
  });
}

function describeEnd(open: Open): void {
  it('ends watches and refuses everything once it is closed', async () => {
    const store = await open();
    const seen = recordWatch(store, { prefix: '/' });
    const queued = store.put('/a', bytes('1'));
    await store.close();
    assert.ok((await queued).ok);
    await until(() => seen.error !== undefined);
    assert.ok(seen.error instanceof StoreClosedError);
    await assert.rejects(store.get('/a'), StoreClosedError);
    await assert.rejects(store.put('/a', bytes('1')), StoreClosedError);
    await assert.rejects(store.revision(), StoreClosedError);
    await store.close();
  });
}

function describeReopen(open: Open, reopen: (store: Store) => Promise<Store>, opened: Set<Store>): void {
  it('keeps values, revisions and history when it is opened again', async () => {
    let store = await open();
    const start = await store.revision();
    await store.put('/a', bytes('1'));
    await store.put('/a', bytes('2'));
    await store.put('/b', bytes('1'));
    const last = await store.delete('/b');
    assert.ok(last.ok);
    store = await reopen(store);
    opened.add(store);
    assert.equal(await store.revision(), last.revision);
    assert.deepEqual(texts((await store.list({ prefix: '/' })).items), ['/a=2']);
    const seen = recordWatch(store, { prefix: '/', after: start });
    await until(() => seen.revision >= last.revision);
    assert.deepEqual(
      seen.events.map((event) => `${event.type} ${event.key}=${event.value.toString()}`),
      ['put /a=1', 'put /a=2', 'put /b=1', 'delete /b=1'],
    );
    seen.close();
  });

  it('does not go back to an older revision when the newest change was compacted away', async () => {
    let store = await open();
    await store.put('/a', bytes('1'));
    await store.delete('/a');
    const newest = await store.revision();
    await store.compact(newest);
    store = await reopen(store);
    opened.add(store);
    assert.equal(await store.revision(), newest);
    assert.equal(store.compacted(), newest);
    const next = await store.put('/a', bytes('2'));
    assert.ok(next.ok && next.revision > newest);
  });

  it('lets keys vanish whose time ran out while it was closed', async () => {
    let store = await open();
    await store.put('/events/a', bytes('1'), { ttlSeconds: 1 });
    store = await reopen(store);
    opened.add(store);
    await until(async () => (await store.get('/events/a')) === undefined, 15_000);
  });
}
