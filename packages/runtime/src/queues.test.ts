import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createBatch } from './queues.ts';

describe('a batch', () => {
  it('takes what comes while it runs all together, and gives each its own outcome', async () => {
    const runs: string[][] = [];
    const act = createBatch<string>(async (items) => {
      runs.push([...items]);
      await new Promise((resolve) => setImmediate(resolve));
      return items.map((item) => (item === 'bad' ? new Error('it is bad') : undefined));
    });
    const first = act('a');
    await new Promise((resolve) => process.nextTick(resolve));
    const results = await Promise.allSettled([first, act('b'), act('bad'), act('c')]);
    assert.deepEqual(
      results.map((result) => (result.status === 'rejected' ? (result.reason as Error).message : 'done')),
      ['done', 'done', 'it is bad', 'done'],
    );
    assert.deepEqual(runs, [['a'], ['b', 'bad', 'c']]);
    await act('later');
    assert.deepEqual(runs.at(-1), ['later']);
  });

  it('fails all of a run that could not be made, and goes on with the next', async () => {
    let tries = 0;
    const act = createBatch<string>(async (items) => {
      if (tries++ === 0) throw new Error('no program');
      return items.map(() => undefined);
    });
    await assert.rejects(act('a'), /no program/);
    await act('b');
  });
});
