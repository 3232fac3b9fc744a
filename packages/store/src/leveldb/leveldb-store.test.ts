import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { describeStore } from '../conformance.ts';
import { recordWatch, until } from '../conformance-watch.ts';
import { openStore } from '../open-store.ts';
import type { Store } from '../store.ts';
import { openLevelStore } from './leveldb-store.ts';

const folders = await mkdtemp(path.join(tmpdir(), 'mkube-leveldb-'));
after(() => rm(folders, { recursive: true, force: true }));
let count = 0;
const freshFolder = (): string => path.join(folders, String(++count), 'data');
const places = new Map<Store, string>();

async function openAt(folder: string): Promise<Store> {
  const store = await openLevelStore(folder, { expiryIntervalMs: 20 });
  places.set(store, folder);
  return store;
}

describeStore('the leveldb store', {
  open: () => openAt(freshFolder()),
  reopen: async (store) => {
    await store.close();
    return openAt(places.get(store) ?? '');
  },
});

describe('the leveldb data folder', () => {
  it('is private to its owner', async () => {
    const folder = freshFolder();
    const store = await openLevelStore(folder);
    await store.close();
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
  });

  it('refuses a second opener with a clear error', async () => {
    const folder = freshFolder();
    const store = await openLevelStore(folder);
    await assert.rejects(openStore(`leveldb://${folder}`), {
      message: `the data folder ${folder} is in use by another process; stop that one first`,
    });
    assert.ok((await store.put('/a', Buffer.from('1'))).ok);
    await store.close();
  });

  it('refuses data of a newer version and leaves it alone', async () => {
    const folder = freshFolder();
    await (await openLevelStore(folder, { current: 7 })).close();
    await assert.rejects(openLevelStore(folder), /was written by a newer mkube \(data version 7, this one knows 1\)/);
    await (await openLevelStore(folder, { current: 7 })).close();
  });

  it('migrates data of an older version, one version at a time', async () => {
    const folder = freshFolder();
    const store = await openLevelStore(folder);
    await store.put('/a', Buffer.from('1'));
    await store.close();
    const order: number[] = [];
    const step = (from: number) => async () => {
      order.push(from);
      return [{ type: 'put' as const, key: Buffer.from(`meta/step-${from}`), value: Buffer.from('done') }];
    };
    const migrations = new Map([1, 2].map((from) => [from, step(from)]));
    const migrated = await openLevelStore(folder, { current: 3, migrations });
    assert.deepEqual(order, [1, 2]);
    assert.equal((await migrated.get('/a'))?.value.toString(), '1');
    await migrated.close();
    await assert.rejects(openLevelStore(folder), /newer/);
  });

  it('says what is wrong when a file is in its place', async () => {
    const folder = path.join(folders, 'a-file');
    await writeFile(folder, 'x');
    await assert.rejects(openLevelStore(folder), new RegExp(`^Error: the data folder ${folder} cannot be opened: `));
  });
});

describe('keys with a time to live', () => {
  it('vanish by the clock that was given, after a restart too', async () => {
    const folder = freshFolder();
    let now = Date.parse('2030-01-01T00:00:00Z');
    const options = { clock: () => new Date(now), expiryIntervalMs: 5 };
    let store = await openLevelStore(folder, options);
    await store.put('/events/hour', Buffer.from('1'), { ttlSeconds: 3600 });
    await store.put('/events/day', Buffer.from('1'), { ttlSeconds: 86_400 });
    const before = await store.revision();
    await store.close();
    now += 3600 * 1000;
    store = await openLevelStore(folder, options);
    const seen = recordWatch(store, { prefix: '/events/', after: before });
    await until(() => seen.events.length === 1);
    assert.equal(seen.events[0]?.type, 'delete');
    assert.equal(await store.get('/events/hour'), undefined);
    assert.ok(await store.get('/events/day'));
    seen.close();
    await store.close();
  });
});
