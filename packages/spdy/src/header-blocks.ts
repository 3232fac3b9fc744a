/**
 * Header blocks of SPDY/3: pairs of text, compressed by one zlib stream per direction for the whole connection, which both
 * ends prime with the dictionary and flush after each block. Blocks are small; a larger one than anyone sends is refused.
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

  /** Blocks must be given in the order in which they came. */
  async decode(block: Buffer): Promise<SpdyHeaders> {
    return parseHeaders(await through(this.#inflate, block, false));
  }

  /** Blocks must be sent in the order in which they were made. */
  encode(headers: SpdyHeaders): Promise<Buffer> {
    return through(this.#deflate, formatHeaders(headers), true);
  }

  close(): void {
    this.#inflate.destroy();
    this.#deflate.destroy();
  }
}

function formatHeaders(headers: SpdyHeaders): Buffer {
  const entries = Object.entries(headers);
  return Buffer.concat([number(entries.length), ...entries.flat().flatMap(lengthened)]);
}

function parseHeaders(bytes: Buffer): SpdyHeaders {
  const headers: Record<string, string> = {};
  let at = 4;
  const text = (): string => {
    const length = bytes.readUInt32BE(at);
    at += 4 + length;
    return bytes.toString('utf8', at - length, at);
  };
  for (let left = bytes.readUInt32BE(0); left > 0; left--) {
    const name = text();
    headers[name] = text();
  }
  return headers;
}

const lengthened = (text: string): [Buffer, Buffer] => [number(Buffer.byteLength(text)), Buffer.from(text)];

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function through(stream: Inflate | Deflate, input: Buffer, flush: boolean): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > MAX_BLOCK) done(new Error('a SPDY header block is too large'));
      else chunks.push(chunk);
    };
    const onClose = (): void => done(new Error('the SPDY connection has ended'));
    const done = (error?: Error | null): void => {
      stream.off('data', onData).off('error', done).off('close', onClose);
      if (error) reject(error);
      else resolve(Buffer.concat(chunks));
    };
    if (stream.destroyed) return onClose();
    stream.on('data', onData).once('error', done).once('close', onClose);
    stream.write(input, (error) => {
      if (error) done(error);
      else if (flush) stream.flush(constants.Z_SYNC_FLUSH, () => done());
      else done();
    });
  });
}
