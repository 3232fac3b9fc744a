/**
 * Copies a container's log from Docker into a file in CRI's format, as it grows. After a restart it goes on behind the last
 * record that the file holds: the file's own stamps say where that was.
 */
import { closeSync, fstatSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { DockerClient } from './client.ts';
import { frameParser, lineParser, toLogRecord } from './log-frames.ts';

export interface LogCopier {
  /** Resolves when the container has ended and all it wrote is in the file. */
  readonly done: Promise<void>;
  /** Goes on in a new file of the same name. */
  reopen(): void;
  close(): void;
}

export function copyLog(
  client: DockerClient,
  { id, logPath, tty, onBroken }: { id: string; logPath: string; tty: boolean; onBroken(): void },
): LogCopier {
  mkdirSync(path.dirname(logPath), { recursive: true });
  let file = openSync(logPath, 'a', 0o640);
  const stop = new AbortController();
  /** Copies what has a later stamp; resolves with the last one. */
  const copyAfter = async (known: string, follow: boolean): Promise<string> => {
    let last = known;
    const parse = (tty ? lineParser : frameParser)((stream, data) => {
      const found = toLogRecord(stream, data);
      // parts of a long line all carry its stamp
      if (!found || found.stamp <= known) return;
      writeSync(file, found.record);
      if (found.stamp > last) last = found.stamp; // the two streams come as they are read
    });
    const query = { follow, stdout: true, stderr: true, timestamps: true, since: sinceOf(known) };
    const stream = await client.open(`/containers/${id}/logs`, { query, signal: stop.signal });
    for await (const chunk of stream as AsyncIterable<Buffer>) parse(chunk);
    return last;
  };
  const copy = async (): Promise<void> => {
    const last = await copyAfter(lastStamp(logPath), true);
    // who follows may not be given what a container that ends at once wrote last, a line without its end most of all
    await copyAfter(last, false);
  };
  // A log that breaks off (the engine went away) is taken up again when the driver next looks at the container.
  let isOver = false;
  const done = copy()
    .catch(onBroken)
    .finally(() => {
      isOver = true;
      closeSync(file);
    });
  return {
    done,
    reopen() {
      if (isOver) return; // its number may be another file's by now
      const next = openSync(logPath, 'a', 0o640);
      closeSync(file);
      file = next;
    },
    close: () => stop.abort(),
  };
}

/** Docker takes seconds with nanoseconds; records at that very moment come again and are passed over. */
function sinceOf(stamp: string): string | undefined {
  if (stamp === '') return undefined;
  return `${Math.floor(Date.parse(stamp) / 1000)}.${stamp.slice(20, 29)}`;
}

const TAIL = 64 * 1024;

function lastStamp(logPath: string): string {
  let file: number;
  try {
    file = openSync(logPath, 'r');
  } catch {
    return '';
  }
  try {
    const { size } = fstatSync(file);
    const buffer = Buffer.alloc(Math.min(size, TAIL));
    readSync(file, buffer, 0, buffer.length, size - buffer.length);
    const lines = buffer.toString('latin1').split('\n');
    return lines.at(-2)?.split(' ', 1)[0] ?? '';
  } finally {
    closeSync(file);
  }
}
