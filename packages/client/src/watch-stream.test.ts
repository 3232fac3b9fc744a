import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { Expired } from '@mkube/apimachinery';
import { linesOf, watchEventsOf } from './watch-stream.ts';

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const chunksOf = (bytes: Buffer, size: number): Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));

describe('watch frames', () => {
  const frames = ['größe', 'b', 'c'.repeat(100_000)].map((name) =>
    JSON.stringify({ type: 'ADDED', object: { metadata: { name } } }),
  );
  const bytes = Buffer.from(frames.map((f) => `${f}\n`).join(''));

  for (const size of [1, 7, 4096, bytes.length]) {
    it(`are read whole when they arrive in chunks of ${size} bytes`, async () => {
      const read = await collect(linesOf(Readable.from(chunksOf(bytes, size))));
      assert.deepEqual(
        read.map((line) => line.toString('utf8')),
        frames,
      );
    });
  }

  it('may lack the newline at the end', async () => {
    const read = await collect(linesOf(Readable.from([Buffer.from('{"a":1}\n{"b":2}')])));
    assert.deepEqual(read.map(String), ['{"a":1}', '{"b":2}']);
  });

  it('of type ERROR are thrown as the error that they carry', async () => {
    const status = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version: 1 (7)' };
    const body = Readable.from([Buffer.from(`${JSON.stringify({ type: 'ERROR', object: status })}\n`)]);
    await assert.rejects(
      collect(watchEventsOf(body)),
      (err) => err instanceof Expired && err.message === status.message,
    );
  });

  it('that are no JSON are refused in words', async () => {
    await assert.rejects(collect(watchEventsOf(Readable.from([Buffer.from('nonsense\n')]))), /frame that is no JSON/);
  });
});
