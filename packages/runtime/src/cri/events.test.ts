import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '../conformance/harness.ts';
import type { RuntimeEvent } from '../runtime.ts';
import type { CriClient } from './client.ts';
import { watchCriEvents } from './events.ts';

const UNAVAILABLE = 14;

describe('events of a CRI engine', () => {
  it('are told again, of what has ended, by an engine that was away', async (t) => {
    const ends: ((code: number) => void)[] = [];
    const containers = [
      { id: 'runs', podSandboxId: 's', state: 1 },
      { id: 'ended', podSandboxId: 's', state: 2 },
    ];
    const client = {
      call: async () => ({ containers }),
      events: (_: unknown, onEnd: (code: number) => void) => {
        ends.push(onEnd);
        return { close: () => undefined };
      },
    } as unknown as CriClient;
    const seen: RuntimeEvent[] = [];
    const watching = watchCriEvents(client, { scope: {}, pollEvery: 1 }, (event) => seen.push(event));
    t.after(() => watching.close());
    assert.equal(ends.length, 1);
    ends[0]?.(UNAVAILABLE);
    await until('it to listen again', () => ends[1]);
    await until('the end to be told', () => (seen.length > 0 ? true : undefined));
    assert.deepEqual(
      seen.map(({ type, containerId }) => [type, containerId]),
      [['stopped', 'ended']],
    );
  });
});
