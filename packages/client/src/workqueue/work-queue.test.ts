import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createManualClock } from '../clock.ts';
import { createRateLimiter, createTokenBucket } from './rate-limiter.ts';
import { WorkQueue } from './work-queue.ts';

const open = () => {
  const clock = createManualClock();
  return { clock, queue: new WorkQueue<string>({ clock }) };
};

describe('a work queue', () => {
  it('holds a key once however often it is added', async () => {
    const { queue } = open();
    for (const key of ['a', 'b', 'a']) queue.add(key);
    assert.equal(queue.length, 2);
    assert.deepEqual([await queue.take(), await queue.take()], ['a', 'b']);
  });

  it('hands a key that is added while it is worked on out again only when it is done', async () => {
    const { queue } = open();
    queue.add('a');
    assert.equal(await queue.take(), 'a');
    queue.add('a');
    assert.equal(queue.length, 0);
    queue.done('a');
    assert.equal(await queue.take(), 'a');
  });

  it('wakes a worker that waits', async () => {
    const { queue } = open();
    const taken = queue.take();
    queue.add('a');
    assert.equal(await taken, 'a');
    queue.add('a');
    queue.done('a');
    assert.equal(queue.length, 1);
  });

  it('adds later what is added with a delay, at the earliest of several', () => {
    const { clock, queue } = open();
    queue.addAfter('a', 100);
    queue.addAfter('a', 50);
    queue.addAfter('a', 200);
    clock.advance(49);
    assert.equal(queue.length, 0);
    clock.advance(1);
    assert.equal(queue.length, 1);
  });

  it('lets failures of a key wait twice as long each time, until it is forgotten', () => {
    const { clock, queue } = open();
    const waits = [5, 10, 20].map((ms) => {
      queue.addRateLimited('a');
      clock.advance(ms - 1);
      const before = queue.length;
      clock.advance(1);
      const after = queue.length;
      void queue.take();
      queue.done('a');
      return [before, after];
    });
    assert.deepEqual(waits, [
      [0, 1],
      [0, 1],
      [0, 1],
    ]);
    queue.forget('a');
    assert.equal(queue.failures('a'), 0);
  });

  it('hands out nothing more once it is closed', async () => {
    const { queue } = open();
    const waiting = queue.take();
    queue.close();
    queue.add('a');
    assert.equal(await waiting, undefined);
    assert.equal(await queue.take(), undefined);
  });
});

describe('rate limits', () => {
  it('let a burst through and then ten a second', () => {
    const limiter = createRateLimiter<number>({ clock: createManualClock() });
    const delays = Array.from({ length: 102 }, (_, i) => limiter.when(i));
    assert.deepEqual([delays[0], delays[99], delays[100], delays[101]], [5, 5, 100, 200]);
  });

  it('fill the bucket again as time passes', () => {
    const clock = createManualClock();
    const bucket = createTokenBucket({ clock, perSecond: 1, burst: 1 });
    assert.deepEqual([bucket.tryTake(), bucket.tryTake()], [true, false]);
    clock.advance(1000);
    assert.equal(bucket.tryTake(), true);
  });
});
