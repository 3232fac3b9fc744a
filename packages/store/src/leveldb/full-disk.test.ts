/** A disk that is full, as a small tmpfs: needs root to mount one. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { recordWatch } from '../conformance-watch.ts';
import { StoreClosedError } from '../store.ts';
import { openLevelStore } from './leveldb-store.ts';

const run = promisify(execFile);
const isRoot = process.getuid?.() === 0 && process.platform === 'linux';

test('a full disk stops the store, and nothing acknowledged is lost', { skip: !isRoot && 'needs root' }, async (t) => {
  const disk = await mkdtemp(path.join(tmpdir(), 'mkube-full-'));
  const mount = ['-t', 'tmpfs', '-o', 'size=32m', 'tmpfs', disk];
  const mounted = await run('mount', mount).then(
    () => true,
    () => false,
  );
  t.after(async () => {
    if (mounted) await run('umount', ['-l', disk]);
    await rm(disk, { recursive: true, force: true });
  });
  if (!mounted) return t.skip('a tmpfs cannot be mounted here');

  const ballast = path.join(disk, 'ballast');
  await writeFile(ballast, Buffer.alloc(8 * 1024 * 1024, 1));
  const folder = path.join(disk, 'data');
  const store = await openLevelStore(folder);
  const seen = recordWatch(store, { prefix: '/' });
  const acknowledged = new Map<string, number>();
  let failure: unknown;
  const write = async (writer: number): Promise<void> => {
    for (let n = 0; !failure; n++) {
      const key = `/${writer}/${n}`;
      const result = await store.put(key, Buffer.alloc(20_000, `${writer} ${n} `), { expected: 0 });
      if (result.ok) acknowledged.set(key, result.revision);
    }
  };
  const writers = await Promise.allSettled(Array.from({ length: 16 }, (_, writer) => write(writer)));
  for (const { reason } of writers.filter((w) => w.status === 'rejected')) failure ??= reason;
  assert.ok(failure instanceof StoreClosedError);
  assert.match(failure.message, /No space left on device/);
  assert.ok(seen.error instanceof StoreClosedError);
  await assert.rejects(store.put('/more', Buffer.from('1')), StoreClosedError);
  await assert.rejects(store.get('/0/0'), StoreClosedError);
  await store.close();

  await rm(ballast);
  const again = await openLevelStore(folder);
  for (const [key, revision] of acknowledged) assert.equal((await again.get(key))?.modRevision, revision, key);
  assert.ok((await again.put('/more', Buffer.from('1'))).ok);
  await again.close();
  t.diagnostic(`${acknowledged.size} writes were acknowledged before the disk was full`);
});
