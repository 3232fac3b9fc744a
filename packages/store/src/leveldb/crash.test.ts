/** kill -9 at a random moment, again and again on the same data. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { recordWatch, until } from '../conformance-watch.ts';
import type { Store } from '../store.ts';
import { type Acknowledged, sumOfValue } from './crash-writer.ts';
import { openLevelStore } from './leveldb-store.ts';

const ROUNDS = 25;
const WRITER = path.join(import.meta.dirname, 'crash-writer.js');

/** What a process with so many writers had acknowledged when it was killed, some time after its first acknowledgement. */
async function writeAndKill(folder: string, writers: number, afterMs: number): Promise<Acknowledged[]> {
  const child = spawn(process.execPath, [WRITER, folder, String(writers)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const acknowledged: Acknowledged[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => line.endsWith('}') && acknowledged.push(JSON.parse(line) as Acknowledged));
  const ended = once(lines, 'close');
  await once(child.stdout, 'data');
  await wait(afterMs);
  child.kill('SIGKILL');
  await ended;
  return acknowledged;
}

/** Everything that a watch from a revision replays; also checks that no value is torn and no revision is missing. */
async function replay(store: Store, after: number): Promise<Map<number, Acknowledged>> {
  const newest = await store.revision();
  const seen = recordWatch(store, { prefix: '/', after });
  await until(() => seen.revision >= newest || seen.error !== undefined);
  assert.equal(seen.error, undefined);
  assert.equal(seen.events.length, newest - after, 'every revision is one change');
  seen.close();
  return new Map(
    seen.events.map(({ type, key, revision, value }) => {
      const sum = sumOfValue(value);
      return [revision, { type, key, revision, sum: type === 'delete' ? '' : sum }];
    }),
  );
}

/** Current values are what the changes add up to. */
async function assertAddsUp(store: Store, changes: ReadonlyMap<number, Acknowledged>): Promise<void> {
  const state = new Map<string, Acknowledged>();
  for (const change of changes.values())
    if (change.type === 'delete') state.delete(change.key);
    else state.set(change.key, change);
  const { items } = await store.list({ prefix: '/' });
  assert.deepEqual(
    items.map(({ key, modRevision, value }) => [key, modRevision, sumOfValue(value)]),
    [...state.values()].sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ key, revision, sum }) => [key, revision, sum]),
  );
}

test(`nothing acknowledged is lost, torn or changed by ${ROUNDS} kills`, async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'mkube-crash-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  let history = new Map<number, Acknowledged>();
  let total = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const acknowledged = await writeAndKill(folder, round % 3 === 0 ? 1 : 64, Math.random() * 150);
    const store = await openLevelStore(folder);
    const changes = await replay(store, 1);
    for (const [revision, change] of history) assert.deepEqual(changes.get(revision), change, 'history has changed');
    for (const change of acknowledged) {
      assert.ok(!history.has(change.revision), `revision ${change.revision} was given twice`);
      assert.deepEqual(changes.get(change.revision), change, 'an acknowledged write is missing or another');
    }
    await assertAddsUp(store, changes);
    await store.close();
    history = changes;
    total += acknowledged.length;
  }
  t.diagnostic(`${total} writes acknowledged, ${history.size} in the log`);
});
