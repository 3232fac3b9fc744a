/**
 * Header blocks of SPDY/3: one zlib stream per direction for the whole connection, primed with the dictionary and flushed
 * after each block. Blocks are small; a larger one than a client ever sends ends the connection.
 */
import { type Deflate, type Inflate, constants, createDeflate, createInflate } from 'node:zlib';
import { spdyDictionary } from './dictionary.ts';

export type SpdyHeaders = Readonly<Record<string, string>>;

const MAX_BLOCK = 64 * 1024;

export class HeaderBlocks {
  readonly #inflate: Inflate;
  readonly #deflate: Deflate;

  constructor() {
    const dictionary = spdyDictionary();
    this.#inflate = createInflate({ dictionary, finishFlush: constants.Z_SYNC_FLUSH });
    this.#deflate = createDeflate({ dictionary });
  }

  async decode(block: Buffer): Promise<SpdyHeaders> {
    const bytes = await through(this.#inflate, block, false);
    const headers: Record<string, string> = {};
    let at = 4;
    const text = (): string => {
      const length = bytes.readUInt32BE(at);
      at += 4 + length;
      return bytes.toString('latin1', at - length, at);
    };
    for (let left = bytes.readUInt32BE(0); left > 0; left--) {
      const name = text();
      headers[name] = text();
    }
    return headers;
  }

  async encode(headers: SpdyHeaders): Promise<Buffer> {
    const parts: Buffer[] = [number(Object.keys(headers).length)];
    for (const [name, value] of Object.entries(headers))
      parts.push(number(name.length), Buffer.from(name), number(value.length), Buffer.from(value));
    return through(this.#deflate, Buffer.concat(parts), true);
  }

  close(): void {
    this.#inflate.destroy();
    this.#deflate.destroy();
  }
}

const number = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

function through(stream: Inflate | Deflate, input: Buffer, flush: boolean): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > MAX_BLOCK) done(new Error('a SPDY header block is too large'));
      else chunks.push(chunk);
    };
    const done = (error?: Error | null): void => {
      stream.off('data', onData).off('error', done);
      if (error) reject(error);
      else resolve(Buffer.concat(chunks));
    };
    stream.on('data', onData).once('error', done);
    stream.write(input, (error) => {
      if (error) done(error);
      else if (flush) stream.flush(constants.Z_SYNC_FLUSH, () => done());
      else done();
    });
  });
}
