/**
 * Writes a container's log as a client asked for it: from its end or since a time, with or without times, and on as it grows
 * until the container has ended. Follows a log through rotation.
 */
import fs, { type FileHandle } from 'node:fs/promises';
import { once } from 'node:events';
import path from 'node:path';
import type { Writable } from 'node:stream';
import { tryWatch } from '@mkube/runtime';
import { LogFileReader, type LogEntry, tailPositionOf } from './log-entries.ts';
import { logFilesOf, openLogFile } from './log-files.ts';

export interface LogOptions {
  follow: boolean;
  previous: boolean;
  timestamps: boolean;
  tailLines: number | undefined;
  limitBytes: number | undefined;
  /** Entries before this are left out. */
  since: Date | undefined;
  stream: 'All' | 'Stdout' | 'Stderr';
}

export interface ReadLog {
  logPath: string;
  options: LogOptions;
  out: Writable;
  /** Asked when the end of the file is reached: nothing more will be written. */
  isOver(): Promise<boolean>;
  signal: AbortSignal;
}

/** However silent the file system's notices are, the file is looked at this often. */
const LOOK_AGAIN_MS = 1000;

export async function readLog(read: ReadLog): Promise<void> {
  const printer = new Printer(read);
  const opened = await openFrom(read);
  try {
    for (const { handle, position, isLast } of opened) {
      const reader = new LogFileReader(handle, position);
      if (isLast && read.options.follow) return await follow(read, printer, { handle, reader });
      if (!(await printer.printAll(reader))) return;
    }
  } finally {
    await Promise.allSettled(opened.map(({ handle }) => handle.close()));
  }
}

type Opened = { handle: FileHandle; position: number; isLast: boolean };

/** The files to read, and where to begin in each: only as far back as the tail goes. */
async function openFrom({ logPath, options }: ReadLog): Promise<Opened[]> {
  const opened: Opened[] = [];
  let wanted = options.tailLines;
  for (const file of (await logFilesOf(logPath)).toReversed()) {
    if (wanted !== undefined && wanted <= 0 && opened.length > 0) break;
    const handle = await openLogFile(file);
    if (!handle) continue;
    const { size } = await handle.stat();
    const tail = wanted === undefined ? { position: 0, found: 0 } : await tailPositionOf(handle, size, wanted);
    if (wanted !== undefined) wanted -= tail.found;
    opened.unshift({ handle, position: tail.position, isLast: file === logPath });
  }
  return opened;
}

async function follow(
  { logPath, isOver, signal }: ReadLog,
  printer: Printer,
  from: { handle: FileHandle; reader: LogFileReader },
): Promise<void> {
  let { handle, reader } = from;
  const changes = watchFile(logPath, signal);
  try {
    while (!signal.aborted) {
      const over = await isOver();
      if (!(await printer.printAll(reader))) return;
      const next = await rotated(logPath, handle);
      if (next) {
        const wantsMore = await printer.printAll(reader);
        await handle.close();
        handle = next;
        reader = new LogFileReader(next, 0);
        if (!wantsMore) return;
      } else if (over) return;
      else await changes.next();
    }
  } finally {
    changes.close();
    await handle.close().catch(() => undefined);
  }
}

/** The new file, where the path leads to another one by now. */
async function rotated(logPath: string, handle: FileHandle): Promise<FileHandle | undefined> {
  const [held, there] = await Promise.all([handle.stat(), fs.stat(logPath).catch(() => undefined)]);
  if (!there || held.ino === there.ino) return undefined;
  return fs.open(logPath, 'r').catch(() => undefined);
}

function watchFile(logPath: string, signal: AbortSignal): { next(): Promise<void>; close(): void } {
  let wake: () => void = () => undefined;
  let isChanged = false;
  const notice = (): void => {
    isChanged = true;
    wake();
  };
  const watcher = tryWatch(path.dirname(logPath), notice);
  signal.addEventListener('abort', notice, { once: true });
  return {
    async next() {
      if (!isChanged) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, LOOK_AGAIN_MS);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      isChanged = false;
    },
    close: () => watcher?.close(),
  };
}

class Printer {
  readonly #out: Writable;
  readonly #options: LogOptions;
  readonly #signal: AbortSignal;
  readonly #since: string;
  #left: number;
  #isLineStart = true;

  constructor({ out, options, signal }: ReadLog) {
    this.#out = out;
    this.#options = options;
    this.#signal = signal;
    this.#since = options.since?.toISOString().replace('Z', '') ?? '';
    this.#left = options.limitBytes ?? Infinity;
  }

  /** False when nothing more is wanted. */
  async printAll(reader: LogFileReader): Promise<boolean> {
    for await (const entry of reader.entries()) {
      if (this.#left <= 0 || this.#signal.aborted || this.#out.destroyed) return false;
      if (!this.#wants(entry)) continue;
      if (!this.#out.write(this.#bytesOf(entry))) await this.#drained();
    }
    return this.#left > 0 && !this.#signal.aborted && !this.#out.destroyed;
  }

  #wants({ time, stream }: LogEntry): boolean {
    if (this.#options.stream === 'Stdout' && stream !== 'stdout') return false;
    if (this.#options.stream === 'Stderr' && stream !== 'stderr') return false;
    return this.#since === '' || isNotBefore(time, this.#since);
  }

  #bytesOf({ time, partial, text }: LogEntry): Buffer {
    const parts: Buffer[] = [];
    if (this.#options.timestamps && this.#isLineStart) parts.push(Buffer.from(`${time} `));
    parts.push(text);
    if (!partial) parts.push(Buffer.from('\n'));
    this.#isLineStart = !partial;
    const whole = Buffer.concat(parts);
    const bytes = whole.length > this.#left ? whole.subarray(0, this.#left) : whole;
    this.#left -= bytes.length;
    return bytes;
  }

  async #drained(): Promise<void> {
    const over = new AbortController(); // takes the listeners off that heard nothing: a long log waits thousands of times
    const signal = AbortSignal.any([this.#signal, over.signal]);
    const heard = ['drain', 'close'].map((event) => once(this.#out, event, { signal }));
    await Promise.race(heard).catch(() => undefined);
    over.abort();
  }
}

/** Times of a log are in UTC or carry an offset; only the first can be compared as text. */
const isNotBefore = (time: string, since: string): boolean =>
  time.endsWith('Z') ? time >= since : Date.parse(time) >= Date.parse(`${since}Z`);
