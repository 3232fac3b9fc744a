import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { types } from 'node:util';
import { describe, it } from 'node:test';
import { withDeadline } from './deadline.ts';

describe('a deadline', () => {
  const never = new AbortController().signal;

  it('may be further away than any timer of Node waits', async () => {
    const signals = [2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER].map((ms) => withDeadline(never, ms));
    await wait(20); // a timer that is asked for too much fires at once
    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [false, false, false],
    );
  });

  it('leaves nothing on the signal that it was made of, once it is over', async () => {
    const { signal } = new AbortController();
    const made = Array.from({ length: 100 }, () => withDeadline(signal, 1));
    while (!made.every(({ aborted }) => aborted)) await wait(1);
    assert.deepEqual(getEventListeners(signal, 'abort'), []);
    const kept = Object.getOwnPropertySymbols(signal).map((key) => (signal as unknown as Record<symbol, unknown>)[key]);
    assert.deepEqual(
      kept.filter((value) => types.isSet(value) && value.size > 0),
      [],
    );
    const reason: unknown = made[0]?.reason;
    assert.ok(reason instanceof Error && reason.name === 'TimeoutError');
  });

  it('comes, or its signal does before', async () => {
    const [soon, left] = [withDeadline(never, 1), new AbortController()];
    const early = withDeadline(left.signal, 10_000);
    left.abort();
    assert.ok(early.aborted);
    while (!soon.aborted) await wait(1);
  });
});
