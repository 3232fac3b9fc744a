/** The process: argv, streams, signals and the exit code. Everything else takes them as arguments. */
import * as fs from 'node:fs';
import { rootGroup } from './commands/all.ts';
import { formatError } from './errors.ts';
import type { Io } from './io.ts';
import { run } from './run.ts';

const abort = new AbortController();
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  process.on(signal, () => {
    if (abort.signal.aborted) process.exit(code);
    process.exitCode = code;
    abort.abort();
  });
// The reader of our pipe went away (`mkube get pods | head -1`): stop, as others do.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const write = (stream: NodeJS.WriteStream) => (bytes: Buffer) =>
  new Promise<void>((resolve) => stream.write(bytes, () => resolve()));

/** Synchronous where the descriptor allows it: a large table is out before the process ends. */
function writeText(fd: number, stream: NodeJS.WriteStream, text: string): void {
  const bytes = Buffer.from(text);
  let at = 0;
  try {
    while (at < bytes.length) at += fs.writeSync(fd, bytes, at);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') stream.write(bytes.subarray(at));
    else if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit(0);
    else throw error;
  }
}

const io: Io = {
  get stdin() {
    return process.stdin;
  },
  out: (text) => writeText(1, process.stdout, text),
  err: (text) => writeText(2, process.stderr, text),
  outBytes: write(process.stdout),
  errBytes: write(process.stderr),
  isTerminal: process.stdout.isTTY === true,
  size: () => ({ width: process.stdout.columns ?? 80, height: process.stdout.rows ?? 24 }),
  onResize: (listener) => void process.stdout.on('resize', listener),
  env: process.env,
  cwd: process.cwd(),
  now: () => new Date(),
  signal: abort.signal,
};

async function main(): Promise<void> {
  try {
    process.exitCode = (await run(process.argv.slice(2), io, rootGroup)) || process.exitCode || 0;
  } catch (error) {
    io.err(formatError(error, { path: 'mkube', server: undefined }));
    process.exitCode = 1;
  }
  // Keep-alive sockets and timers of what is done must not hold the prompt back.
  if (process.stdout.writableLength === 0 && process.stderr.writableLength === 0) process.exit();
}

void main();
