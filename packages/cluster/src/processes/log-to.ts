/**
 * Where the log of a process goes: a descriptor, line by line. What cannot be written (the disk is full) is lost, and neither kept
 * in memory nor a reason to end, now or when the process is told to.
 */
import fs from 'node:fs';
import { codeOf } from '../state/cluster-error.ts';

const BUSY_MS = 10;
const MOST_TRIES = 100;

export const logTo = (descriptor: number): { write(line: string): void } => ({
  write(line) {
    let rest: Buffer = Buffer.from(line);
    for (let tries = 0; rest.length > 0 && tries < MOST_TRIES; tries++) {
      try {
        rest = rest.subarray(fs.writeSync(descriptor, rest));
      } catch (error) {
        if (codeOf(error) !== 'EAGAIN') return;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BUSY_MS); // a pipe whose reader is slow
      }
    }
  },
});
