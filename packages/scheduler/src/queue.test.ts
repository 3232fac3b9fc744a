import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createManualClock } from '@mkube/client';
import { SchedulingQueue } from './queue.ts';
import { infoOf } from './testing.ts';

function setUp() {
  const clock = createManualClock();
  const queue = new SchedulingQueue({ clock, onReady: () => {} });
  const put = (name: string, priority = 0, again = false) => queue.put(infoOf(name, { spec: { priority } }), again);
  const names = () => {
    const popped: string[] = [];
    for (let entry = queue.pop(); entry; entry = queue.pop()) popped.push(entry.pod.pod.metadata.name);
    return popped;
  };
  return { clock, queue, put, names };
}

it('gives the most important pod first, and of equals the oldest', () => {
  const { clock, put, names } = setUp();
  for (const [name, priority] of [
    ['a', 0],
    ['b', 5],
    ['c', 0],
    ['d', 9],
    ['e', 5],
  ] as const) {
    put(name, priority);
    clock.advance(1);
  }
  assert.deepEqual(names(), ['d', 'b', 'e', 'a', 'c']);
});

it('forgets pods that have gone', () => {
  const { queue, put, names } = setUp();
  put('a');
  put('b');
  queue.delete('default/a');
  assert.deepEqual(names(), ['b']);
});

it('parks a pod until something that may help wakes it', () => {
  const { queue, put, names } = setUp();
  put('a');
  const entry = queue.pop();
  assert.ok(entry);
  queue.park(entry, new Set(['NodeResourcesFit']));
  queue.wake(({ rejectedBy }) => rejectedBy.has('NodeAffinity'));
  assert.deepEqual([queue.parked, names()], [1, []]);
  queue.wake(({ rejectedBy }) => rejectedBy.has('NodeResourcesFit'));
  assert.deepEqual([queue.parked, names()], [0, ['a']]);
});

it('lets a pod that was woken soon go after all others, and in the end no sooner than its pause', () => {
  const { clock, queue, put, names } = setUp();
  put('a', 9);
  const wakeAfterFailure = () => {
    const entry = queue.pop();
    assert.ok(entry);
    queue.park(entry, new Set());
    queue.wake(() => true);
  };
  wakeAfterFailure();
  put('b', 0);
  assert.equal(queue.pop()?.pod.pod.metadata.name, 'b');
  for (let i = 0; i < 5; i++) wakeAfterFailure();
  assert.deepEqual(names(), []);
  clock.advance(10_000);
  assert.deepEqual(names(), ['a']);
});

it('makes the pause longer with each attempt, up to ten seconds', () => {
  const { clock, queue, put } = setUp();
  put('a');
  const pauses: number[] = [];
  for (let i = 0; i < 6; i++) {
    const entry = queue.pop();
    assert.ok(entry);
    queue.retry(entry);
    let waited = 0;
    for (; entry.place === 'backoff'; waited += 100) clock.advance(100);
    pauses.push(waited);
  }
  assert.deepEqual(pauses, [1000, 2000, 4000, 8000, 10_000, 10_000]);
});

it('wakes a parked pod whose wishes have changed', () => {
  const { clock, queue, put, names } = setUp();
  put('a');
  const entry = queue.pop();
  assert.ok(entry);
  queue.park(entry, new Set(['NodeAffinity']));
  clock.advance(60_000);
  put('a', 0, false);
  assert.deepEqual(names(), []);
  put('a', 0, true);
  assert.deepEqual(names(), ['a']);
});
