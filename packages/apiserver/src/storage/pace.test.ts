import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';
import { Pace } from './pace.ts';

const TURN = 2;

/** An activity that always has more to do: when each of its turns began. */
function turnsOf(pace: Pace, { from, until }: { from: number; until: number }): number[] {
  const turns = [];
  for (let now = from; now < until; now += TURN) {
    now += pace.restFrom(now);
    turns.push(now);
    pace.took(now, now + TURN);
  }
  return turns;
}

describe('the pace of an activity', () => {
  it('lets twenty milliseconds go by without a rest', () => {
    const turns = turnsOf(new Pace(), { from: 1000, until: 1020 });
    assert.deepEqual(
      turns,
      Array.from({ length: 10 }, (_, i) => 1000 + i * TURN),
    );
  });

  it('leaves a third of the time to others in the long run', () => {
    const turns = turnsOf(new Pace(), { from: 1000, until: 11_000 });
    const share = (turns.length * TURN) / 10_000;
    assert.ok(share > 0.66 && share < 0.67, `${share}`);
  });

  it('owes nothing after a pause', () => {
    const pace = new Pace();
    turnsOf(pace, { from: 1000, until: 1100 });
    assert.ok(pace.restFrom(1100) > 0);
    assert.equal(turnsOf(pace, { from: 1200, until: 1220 }).length, 10);
  });
});
