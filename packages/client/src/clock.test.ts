import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createManualClock, sleep } from './clock.ts';

describe('a manual clock', () => {
  it('runs what falls due in order of time, and what that schedules within the step', () => {
    const clock = createManualClock();
    const start = clock.now().getTime();
    const ran: [string, number][] = [];
    const note = (name: string) => ran.push([name, clock.now().getTime() - start]);
    clock.after(30, () => note('late'));
    clock.after(10, () => {
      note('early');
      clock.after(5, () => note('nested'));
    });
    clock.after(20, () => note('cancelled'))();
    clock.advance(40);
    assert.deepEqual(ran, [
      ['early', 10],
      ['nested', 15],
      ['late', 30],
    ]);
    assert.equal(clock.now().getTime() - start, 40);
  });

  it('takes no longer, nor shorter, when somebody sets the time of day', () => {
    const clock = createManualClock();
    let ran = false;
    clock.after(10, () => (ran = true));
    clock.advance(5);
    clock.set(new Date('2030-01-01T00:00:00Z'));
    assert.deepEqual([clock.now().toISOString(), clock.monotonic(), ran], ['2030-01-01T00:00:00.000Z', 5, false]);
    clock.advance(5);
    assert.deepEqual([clock.now().toISOString(), clock.monotonic(), ran], ['2030-01-01T00:00:00.005Z', 10, true]);
  });

  it('ends a sleep at an abort', async () => {
    const stop = new AbortController();
    const slept = sleep(createManualClock(), 1000, stop.signal);
    stop.abort(new Error('stopped'));
    await assert.rejects(slept, /stopped/);
  });
});
