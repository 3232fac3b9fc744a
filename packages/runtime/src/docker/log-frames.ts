/**
 * Docker's streams without a terminal carry frames: a byte for the stream, three zeros, the length, the bytes. With a terminal
 * they carry plain bytes. Logs have a time stamp of fixed width before each record.
 */
import type { LogStream } from '../logs.ts';

export type OnFrame = (stream: LogStream, data: Buffer) => void;

/** Feeds on pieces of any size and gives whole frames. */
export function frameParser(onFrame: OnFrame): (chunk: Buffer) => void {
  let held: Buffer = Buffer.alloc(0);
  return (chunk) => {
    held = held.length > 0 ? Buffer.concat([held, chunk]) : chunk;
    while (held.length >= 8) {
      const length = held.readUInt32BE(4);
      if (held.length < 8 + length) return;
      onFrame(held[0] === 2 ? 'stderr' : 'stdout', held.subarray(8, 8 + length));
      held = held.subarray(8 + length);
    }
  };
}

/** Whole lines of a terminal's log, each as a frame. */
export function lineParser(onFrame: OnFrame): (chunk: Buffer) => void {
  let held: Buffer = Buffer.alloc(0);
  return (chunk) => {
    held = held.length > 0 ? Buffer.concat([held, chunk]) : chunk;
    for (let end = held.indexOf(10); end >= 0; end = held.indexOf(10)) {
      onFrame('stdout', held.subarray(0, end + 1));
      held = held.subarray(end + 1);
    }
  };
}

const STAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/;

/** One record of a log in CRI's format; undefined where there is no stamp. */
export function toLogRecord(stream: LogStream, data: Buffer): { stamp: string; record: Buffer } | undefined {
  const space = data.indexOf(32);
  const stamp = data.toString('latin1', 0, Math.max(0, space));
  if (!STAMP.test(stamp)) return undefined;
  const whole = data[data.length - 1] === 10;
  const text = data.subarray(space + 1, whole ? data.length - 1 : data.length);
  const head = Buffer.from(`${stamp} ${stream} ${whole ? 'F' : 'P'} `);
  return { stamp, record: Buffer.concat([head, text, Buffer.from('\n')]) };
}
