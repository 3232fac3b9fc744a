import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSignal } from './proxy.ts';

test('a raise that comes while its hearer is at work is heard at the next look', async () => {
  const { raise, next } = createSignal();
  const { signal } = new AbortController();
  raise();
  await next(60_000, signal);
  // the hearer is at work now: nobody waits
  raise();
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  await next(60_000, signal);
});

test('many raises are one, and silence ends at the time given', async () => {
  const { raise, next } = createSignal();
  const { signal } = new AbortController();
  for (let i = 0; i < 5; i++) raise();
  await next(60_000, signal);
  const start = performance.now();
  await next(20, signal);
  assert.ok(performance.now() - start >= 15);
});

test('hears every burst, however the bursts fall', async () => {
  const { raise, next } = createSignal();
  const { signal } = new AbortController();
  for (let round = 0; round < 200; round++) {
    const burst = (): void => {
      for (let i = 0; i <= round % 4; i++) raise();
    };
    if (round % 3 === 0) burst();
    else if (round % 3 === 1) setImmediate(burst);
    else setTimeout(burst, 0);
    await next(60_000, signal);
  }
});
