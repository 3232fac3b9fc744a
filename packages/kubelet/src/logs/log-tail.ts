/** The end of a container's log as its termination message: at most 80 lines and 2048 bytes. */
import fs from 'node:fs/promises';
import { parseEntry } from './log-entries.ts';

const MOST_LINES = 80;
const MOST_BYTES = 2048;
/** Enough for the lines above with the runtime's prefix before each. */
const READ_BYTES = 16_384;
const NEWLINE = Buffer.from('\n');

export async function tailOfLog(file: string): Promise<string> {
  const handle = await fs.open(file, 'r').catch(() => undefined);
  if (!handle) return '';
  try {
    const { size } = await handle.stat();
    const length = Math.min(size, READ_BYTES);
    const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    const lines = buffer
      .toString('utf8')
      .split('\n')
      .slice(length < size ? 1 : 0);
    const entries = lines.map((line) => parseEntry(Buffer.from(line))).filter((entry) => entry !== undefined);
    const tail = entries.slice(-MOST_LINES).flatMap(({ text, partial }) => (partial ? [text] : [text, NEWLINE]));
    return Buffer.concat(tail).subarray(-MOST_BYTES).toString('utf8');
  } finally {
    await handle.close();
  }
}
