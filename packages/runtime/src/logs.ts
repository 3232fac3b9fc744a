/**
 * Container logs in CRI's format: `<RFC 3339 time with nanoseconds> <stdout|stderr> <F|P> <text>`, a line each.
 * P is a piece of a line whose rest follows, F ends it. Written by conmon for runc, by this encoder for fake and process.
 */
export type LogStream = 'stdout' | 'stderr';

/** Longest piece of a line in one record; longer lines are cut into P records, as the engines do. */
const MAX_PIECE = 16 * 1024;

export interface LogEncoder {
  /** The records that this output completes; an unfinished line is kept for the next call, unless it grows too long. */
  write(stream: LogStream, chunk: Buffer, time: Date): Buffer;
  /** What was kept back, at the end of the streams. */
  end(time: Date): Buffer;
}

/** Turns raw output into records, byte for byte. */
export function createLogEncoder(): LogEncoder {
  const kept: Record<LogStream, Buffer> = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
  return {
    write(stream, chunk, time) {
      const out: Buffer[] = [];
      let rest = kept[stream].length > 0 ? Buffer.concat([kept[stream], chunk]) : chunk;
      for (let end = rest.indexOf(10); end >= 0 || rest.length > MAX_PIECE; end = rest.indexOf(10)) {
        const whole = end >= 0 && end <= MAX_PIECE;
        const cut = whole ? end : MAX_PIECE;
        out.push(recordOf(stream, rest.subarray(0, cut), time, !whole));
        rest = rest.subarray(whole ? cut + 1 : cut);
      }
      kept[stream] = Buffer.from(rest);
      return Buffer.concat(out);
    },
    end(time) {
      const streams = (['stdout', 'stderr'] as const).filter((stream) => kept[stream].length > 0);
      const out = streams.map((stream) => recordOf(stream, kept[stream], time, false));
      kept.stdout = kept.stderr = Buffer.alloc(0);
      return Buffer.concat(out);
    },
  };
}

function recordOf(stream: LogStream, text: Buffer, time: Date, partial: boolean): Buffer {
  const head = `${time.toISOString().replace('Z', '000000Z')} ${stream} ${partial ? 'P' : 'F'} `;
  return Buffer.concat([Buffer.from(head), text, Buffer.from('\n')]);
}
