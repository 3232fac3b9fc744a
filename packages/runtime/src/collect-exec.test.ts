import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { collectExec } from './collect-exec.ts';

describe('a command whose output is gathered', () => {
  const lasting = (signal: AbortSignal): Promise<number> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => resolve(7), 20);
      signal.addEventListener('abort', () => (clearTimeout(timer), resolve(137)));
    });

  it('has its time, also where that is more than a timer of Node waits', async () => {
    assert.equal((await collectExec(({ signal }) => lasting(signal), 3_000_000)).exitCode, 7);
    await assert.rejects(
      collectExec(({ signal }) => lasting(signal), 0.001),
      { code: 'DeadlineExceeded' },
    );
  });
});
