import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createBatch, createGroups, createSlots } from './queues.ts';

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

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const NEVER = new AbortController().signal;

/** Work that ends when it is told to. */
function createWork() {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const work = (name: string) => (): Promise<void> => {
    begun.push(name);
    return new Promise((resolve) => ends.set(name, resolve));
  };
  const end = (...names: string[]): Promise<void> => {
    for (const name of names) ends.get(name)?.();
    return turn();
  };
  return { begun, work, end };
}

describe('slots', () => {
  it('have room until as many wait as can go at once', async () => {
    const slot = createSlots(2);
    const { work, end } = createWork();
    let hasRoom = false;
    const done = ['a', 'b', 'c', 'd'].map((name) => slot(work(name)));
    void slot.room().then(() => (hasRoom = true));
    await turn();
    assert.equal(hasRoom, false);
    await end('a');
    assert.equal(hasRoom, true);
    await end('b');
    await end('c', 'd');
    await Promise.all(done);
  });
});

describe('groups', () => {
  it('let in at once who finds few inside, and others when few are left', async () => {
    const { begun, work, end } = createWork();
    const together = createGroups({ most: 3, few: 2, room: async () => undefined });
    const done = ['a', 'b', 'c', 'd', 'e'].map((name) => together(work(name), NEVER));
    await turn();
    assert.deepEqual(begun, ['a', 'b', 'c']);
    await end('a');
    assert.deepEqual(begun, ['a', 'b', 'c']);
    await end('b');
    assert.deepEqual(begun, ['a', 'b', 'c', 'd', 'e']);
    await end('c', 'd', 'e');
    await Promise.all(done);
  });

  it('wait for room in the stage after', async () => {
    const { begun, work, end } = createWork();
    let make: () => void = () => undefined;
    const room = new Promise<void>((resolve) => (make = resolve));
    const done = createGroups({ most: 3, few: 2, room: () => room })(work('a'), NEVER);
    await turn();
    assert.deepEqual(begun, []);
    make();
    await turn();
    assert.deepEqual(begun, ['a']);
    await end('a');
    await done;
  });

  it('are left by who no longer wants to come in', async () => {
    const { begun, work, end } = createWork();
    const together = createGroups({ most: 1, few: 1, room: async () => undefined });
    const abort = new AbortController();
    const first = together(work('a'), NEVER);
    const second = together(work('b'), abort.signal);
    const third = together(work('c'), NEVER);
    await turn();
    abort.abort(new Error('the pod has to end'));
    await assert.rejects(second, /the pod has to end/);
    await end('a');
    await end('c');
    await Promise.all([first, third]);
    assert.deepEqual(begun, ['a', 'c']);
  });
});
