import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createManualClock } from '@mkube/client';
import { deferred } from './events.ts';

describe('events of pods that start', () => {
  it('are told in order, a moment later, and few at a time', () => {
    const clock = createManualClock();
    const told: string[] = [];
    const sink = deferred({ event: (_subject, _type, _reason, message) => told.push(message) }, clock, () => false);
    for (let i = 0; i < 25; i++) sink.event({ kind: 'Pod', name: 'p' }, 'Normal', 'Started', String(i));
    assert.equal(told.length, 0);
    clock.advance(200);
    assert.equal(told.length, 10);
    clock.advance(400);
    assert.deepEqual(
      told,
      Array.from({ length: 25 }, (_, i) => String(i)),
    );
    sink.event({ kind: 'Pod', name: 'p' }, 'Normal', 'Started', 'later');
    clock.advance(200);
    assert.equal(told.at(-1), 'later');
  });

  it('wait while many pods start, though not for ever, and keep their time', () => {
    const clock = createManualClock();
    const told: (Date | undefined)[] = [];
    let isBusy = true;
    const sink = deferred({ event: (...[, , , , at]) => told.push(at) }, clock, () => isBusy);
    const tell = (): Date => {
      sink.event({ kind: 'Pod', name: 'p' }, 'Normal', 'Started', '');
      return clock.now();
    };
    const first = tell();
    clock.advance(4900);
    assert.equal(told.length, 0);
    clock.advance(200);
    assert.deepEqual(told, [first]);
    const second = tell();
    clock.advance(1000);
    assert.equal(told.length, 1);
    isBusy = false;
    clock.advance(200);
    assert.deepEqual(told, [first, second]);
  });
});
