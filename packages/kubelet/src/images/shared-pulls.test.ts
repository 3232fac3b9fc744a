import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSharedPulls } from './shared-pulls.ts';

describe('a pull that several ask for', () => {
  it('is called off when the last has left, and is no longer the one that who comes then gets', async () => {
    const pulls = createSharedPulls();
    const begun: AbortSignal[] = [];
    let finish: (id: string) => void = () => undefined;
    const begin = (signal: AbortSignal): Promise<string> => {
      begun.push(signal);
      return new Promise((resolve) => (finish = resolve)); // ends a while after it was called off
    };
    const [first, second] = [new AbortController(), new AbortController()];
    const left = [pulls.pull('a', first.signal, begin), pulls.pull('a', second.signal, begin)];
    first.abort(new Error('left'));
    assert.equal(begun[0]?.aborted, false);
    second.abort(new Error('left'));
    assert.equal(begun[0]?.aborted, true);
    for (const one of left) await assert.rejects(one, /left/);
    const later = pulls.pull('a', new AbortController().signal, begin);
    finish('sha256:1');
    assert.equal(await later, 'sha256:1');
    assert.equal(begun.length, 2);
    assert.equal(begun[1]?.aborted, false);
  });
});
