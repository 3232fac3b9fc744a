/**
 * Lines of a container's log file in CRI's format: `<time> <stdout|stderr> <P|F> <text>`. Read in pieces, byte for byte, so
 * that a log of any size and content passes; what is no such line is skipped.
 */
import type { FileHandle } from 'node:fs/promises';

export interface LogEntry {
  /** As it stands in the file: RFC 3339 with nanoseconds. */
  time: string;
  stream: 'stdout' | 'stderr';
  /** The line goes on with the next entry. */
  partial: boolean;
  text: Buffer;
}

const CHUNK_BYTES = 65_536;
const NEWLINE = 10;
const BLANK = 32;

export class LogFileReader {
  readonly #file: FileHandle;
  #position: number;
  #rest: Buffer = Buffer.alloc(0);

  constructor(file: FileHandle, position: number) {
    this.#file = file;
    this.#position = position;
  }

  /** Entries up to the present end of the file; call again when it has grown. A line half written waits for its end. */
  async *entries(): AsyncGenerator<LogEntry> {
    for (;;) {
      const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
      const { bytesRead } = await this.#file.read(buffer, 0, CHUNK_BYTES, this.#position);
      if (bytesRead === 0) return;
      this.#position += bytesRead;
      const chunk = buffer.subarray(0, bytesRead);
      const all = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
      let from = 0;
      for (let end = all.indexOf(NEWLINE); end >= 0; end = all.indexOf(NEWLINE, from)) {
        const entry = parseEntry(all.subarray(from, end));
        if (entry) yield entry;
        from = end + 1;
      }
      this.#rest = all.subarray(from);
    }
  }
}

export function parseEntry(line: Buffer): LogEntry | undefined {
  const first = line.indexOf(BLANK);
  const second = line.indexOf(BLANK, first + 1);
  const third = line.indexOf(BLANK, second + 1);
  if (first < 0 || second < 0) return undefined;
  const stream = line.toString('latin1', first + 1, second);
  if (stream !== 'stdout' && stream !== 'stderr') return undefined;
  const tag = line.toString('latin1', second + 1, third < 0 ? line.length : third);
  return {
    time: line.toString('latin1', 0, first).replace(/[+-]00:00$/, 'Z'),
    stream,
    partial: tag.split(':', 1)[0] === 'P',
    text: third < 0 ? Buffer.alloc(0) : line.subarray(third + 1),
  };
}

/** Where the last `count` lines of a file begin; found from its end. */
export async function tailPositionOf(
  file: FileHandle,
  size: number,
  count: number,
): Promise<{ position: number; found: number }> {
  if (count === 0) return { position: size, found: 0 };
  let found = 0;
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let end = size; end > 0;) {
    const begin = Math.max(0, end - CHUNK_BYTES);
    const { bytesRead } = await file.read(buffer, 0, end - begin, begin);
    for (let at = bytesRead - 1; at >= 0; at--) {
      // the newline at the very end ends the last line, and begins none
      if (buffer[at] !== NEWLINE || begin + at === size - 1) continue;
      if (++found === count) return { position: begin + at + 1, found };
    }
    end = begin;
  }
  return { position: 0, found: size > 0 ? found + 1 : 0 };
}
