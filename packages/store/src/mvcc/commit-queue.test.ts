/** Who rides in which batch, seen from a log that takes them. What is durable and in which order is the conformance suite's to ask. */
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'node:test';
import { CommitQueue } from './commit-queue.ts';
import type { Log, LogRecord } from './log.ts';

/** Takes a turn of the event loop for each batch, whose sizes it keeps. */
class SlowLog implements Pick<Log, 'append'> {
  readonly sizes: number[] = [];

  async append(records: readonly LogRecord[]): Promise<void> {
    this.sizes.push(records.length);
    await turn();
  }
}

function openQueue(): { queue: CommitQueue; log: SlowLog } {
  const log = new SlowLog();
  const options = { revision: 1, committed: () => undefined, publish: () => {}, onFailure: () => {} };
  return { queue: new CommitQueue({ ...options, log }), log };
}

const put = (queue: CommitQueue, key: string) =>
  queue.write({ type: 'put', key, value: Buffer.alloc(0), expected: undefined, expiresAt: 0 });

test('a write that nobody else writes beside goes at once', async () => {
  const { queue, log } = openQueue();
  await put(queue, 'a');
  await put(queue, 'b');
  assert.deepEqual(log.sizes, [1, 1]);
});

test('steady writers come to write in two halves, however they began', async () => {
  for (const begin of [
    (writers: (() => Promise<void>)[]) => Promise.all(writers.map((write) => write())),
    async ([first, ...others]: (() => Promise<void>)[]) => {
      const alone = first?.();
      await turn();
      await Promise.all([alone, ...others.map((write) => write())]);
    },
  ]) {
    const { queue, log } = openQueue();
    const writer = (name: number) => async () => {
      for (let n = 0; n < 20; n++) await put(queue, `${name}/${n}`);
    };
    await begin(Array.from({ length: 16 }, (_, i) => writer(i)));
    assert.deepEqual(log.sizes.slice(4, 30), Array<number>(26).fill(8));
    assert.equal(
      log.sizes.reduce((sum, size) => sum + size, 0),
      16 * 20,
    );
  }
});
