import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createManualClock } from '@mkube/client';
import { runProbe } from './probe-loop.ts';

it('asks each period, whatever becomes of the time of day', async () => {
  const clock = createManualClock(new Date('2025-01-01T12:00:00Z'));
  const end = new AbortController();
  const askedAt: number[] = [];
  const running = runProbe({
    kind: 'readiness',
    probe: { periodSeconds: 5, initialDelaySeconds: 2 },
    startedAt: clock.now(),
    initial: false,
    ask: async () => {
      askedAt.push(clock.monotonic());
      return { ok: true, output: '' };
    },
    isStarted: () => true,
    whenStarted: async () => undefined,
    onVerdict: () => undefined,
    onFailure: () => undefined,
    clock,
    signal: end.signal,
  });
  for (const time of ['2025-01-01T11:00:00Z', '2025-01-01T13:00:00Z', '2025-01-01T12:00:00Z']) {
    for (let second = 0; second < 5; second++) {
      clock.advance(1000);
      await turn();
    }
    clock.set(new Date(time));
  }
  end.abort();
  await running;
  assert.deepEqual(askedAt, [2000, 7000, 12_000]);
});
