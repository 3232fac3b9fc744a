import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createManualClock } from '@mkube/client';
import { createFakeRuntime } from '@mkube/runtime';
import { createRuntimeState } from './runtime-state.ts';

it('a runtime that is being restarted is no fault of the node; one that stays away is', async () => {
  const clock = createManualClock();
  const fake = createFakeRuntime();
  let answers = true;
  const away = () => Promise.reject(new Error('no socket'));
  const runtime = { ...fake, status: () => (answers ? fake.status() : away()) };
  const look = createRuntimeState({ runtime, clock });
  const images = (await look()).images;
  answers = false;
  clock.advance(29_000);
  assert.deepEqual(await look(), { fault: '', images });
  clock.advance(1000);
  assert.deepEqual(await look(), { fault: 'container runtime is down: no socket', images });
  answers = true;
  assert.equal((await look()).fault, '');
  await fake.close();
});

it('a runtime that never answered is a fault at once', async () => {
  const clock = createManualClock();
  const runtime = { ...createFakeRuntime(), listImages: () => Promise.reject(new Error('no socket')) };
  assert.match((await createRuntimeState({ runtime, clock })()).fault, /container runtime is down: no socket/);
});
