/** Finds out by the first bytes how a stream is compressed, and undoes it: plain, gzip, zstd. */
import { PassThrough, Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import zlib from 'node:zlib';

export type Compression = 'none' | 'gzip' | 'zstd';

export function compressionOf(head: Buffer): Compression {
  if (head.length >= 2 && head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  if (head.length >= 4 && head.readUInt32LE(0) === 0xfd2fb528) return 'zstd';
  return 'none';
}

/** The bytes of `source` uncompressed; a fault of the source or of the compression destroys the result with it. */
export async function decompress(source: AsyncIterable<Buffer>): Promise<Readable> {
  const { head, rest } = await peek(source, 4);
  const input = Readable.from(rest, { objectMode: false });
  const kind = compressionOf(head);
  if (kind === 'none') return input;
  const output = kind === 'gzip' ? zlib.createGunzip({ chunkSize: 1 << 18 }) : await createUnzstd();
  pipeline(input, output).catch((error: Error) => output.destroy(error));
  return output;
}

async function peek(
  source: AsyncIterable<Buffer>,
  length: number,
): Promise<{ head: Buffer; rest: AsyncGenerator<Buffer> }> {
  const iterator = source[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  let ended = false;
  while (head.length < length && !ended) {
    const { value, done } = await iterator.next();
    if (done) ended = true;
    else head = head.length === 0 ? value : Buffer.concat([head, value]);
  }
  async function* rest(): AsyncGenerator<Buffer> {
    try {
      if (head.length > 0) yield head;
      while (!ended) {
        const { value, done } = await iterator.next();
        if (done) return;
        yield value;
      }
    } finally {
      await iterator.return?.();
    }
  }
  return { head, rest: rest() };
}

/** Node's own where it has one (22.15 on), else fzstd's. */
async function createUnzstd(): Promise<Transform> {
  const own = (zlib as unknown as { createZstdDecompress?: () => Transform }).createZstdDecompress;
  if (own) return own();
  const { Decompress } = await import('fzstd');
  const output = new PassThrough();
  const decoder = new Decompress((chunk) => output.push(chunk));
  output._transform = (chunk: Buffer, _encoding, done) => {
    try {
      decoder.push(chunk);
      done();
    } catch (error) {
      done(error as Error);
    }
  };
  output._flush = (done) => {
    try {
      decoder.push(new Uint8Array(0), true);
      done();
    } catch (error) {
      done(error as Error);
    }
  };
  return output;
}
