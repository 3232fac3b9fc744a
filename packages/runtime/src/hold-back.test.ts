import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { holdBack } from './hold-back.ts';

describe('output whose reader is slow', () => {
  const open = () => {
    const calls: string[] = [];
    const source = { pause: () => void calls.push('pause'), resume: () => void calls.push('resume') };
    let takeNext: () => void = () => undefined;
    const out = new Writable({ highWaterMark: 1, write: (_chunk, _encoding, done) => void (takeNext = done) });
    const takeAll = async (): Promise<void> => {
      while (out.writableLength > 0) {
        takeNext();
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    return { calls, out, write: holdBack(source, 10), takeAll };
  };

  it('is held back at its source when too much waits, and goes on when it is taken', async () => {
    const { calls, out, write, takeAll } = open();
    for (let n = 0; n < 2; n++) write(out, Buffer.alloc(5));
    assert.deepEqual(calls, []);
    for (let n = 0; n < 3; n++) write(out, Buffer.alloc(5));
    assert.deepEqual(calls, ['pause']);
    await takeAll();
    assert.deepEqual(calls, ['pause', 'resume']);
    for (let n = 0; n < 3; n++) write(out, Buffer.alloc(5));
    assert.deepEqual(calls, ['pause', 'resume', 'pause']);
    assert.equal(out.listenerCount('drain'), 1);
  });

  it('goes on when its reader leaves, and to nobody then', async () => {
    const { calls, out, write } = open();
    for (let n = 0; n < 3; n++) write(out, Buffer.alloc(5));
    out.destroy();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(calls, ['pause', 'resume']);
    write(out, Buffer.alloc(100));
    write(undefined, Buffer.alloc(100));
    assert.deepEqual(calls, ['pause', 'resume']);
  });
});
