/** Bytes in order, out of a stream or an open file, for the tar reader: exact reads, pieces, and skips. */
import type { FileHandle } from 'node:fs/promises';

export interface ByteSource {
  readonly position: number;
  /** Exactly `length` bytes; undefined at a clean end; throws where the bytes end in between. */
  take(length: number): Promise<Buffer | undefined>;
  /** The next `length` bytes, piece by piece. */
  pieces(length: number): AsyncGenerator<Buffer>;
  skip(length: number): Promise<void>;
}

const TORN = 'the archive ends in the middle of an entry';

export function sourceOfStream(stream: AsyncIterable<Buffer>): ByteSource {
  const iterator = stream[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);
  let position = 0;
  const refill = async (): Promise<boolean> => {
    while (held.length === 0) {
      const { value, done } = await iterator.next();
      if (done) return false;
      held = value;
    }
    return true;
  };
  async function* pieces(length: number): AsyncGenerator<Buffer> {
    for (let left = length; left > 0;) {
      if (!(await refill())) throw new Error(TORN);
      const piece = held.subarray(0, left);
      held = held.subarray(piece.length);
      position += piece.length;
      left -= piece.length;
      yield piece;
    }
  }
  return {
    get position() {
      return position;
    },
    pieces,
    async take(length) {
      if (held.length >= length) {
        const piece = held.subarray(0, length);
        held = held.subarray(length);
        position += length;
        return piece;
      }
      if (!(await refill())) return undefined;
      const found: Buffer[] = [];
      for await (const piece of pieces(length)) found.push(piece);
      return Buffer.concat(found);
    },
    async skip(length) {
      for await (const piece of pieces(length)) void piece;
    },
  };
}

export function sourceOfFile(file: FileHandle, size: number): ByteSource {
  let position = 0;
  const take = async (length: number): Promise<Buffer | undefined> => {
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await file.read(buffer, 0, length, position);
    if (bytesRead === 0 && length > 0) return undefined;
    if (bytesRead < length) throw new Error(TORN);
    position += length;
    return buffer;
  };
  return {
    get position() {
      return position;
    },
    take,
    async *pieces(length) {
      for (let left = length; left > 0;) {
        const piece = await take(Math.min(left, 1 << 20));
        if (!piece) throw new Error(TORN);
        left -= piece.length;
        yield piece;
      }
    },
    async skip(length) {
      if (position + length > size) throw new Error(TORN);
      position += length;
    },
  };
}
