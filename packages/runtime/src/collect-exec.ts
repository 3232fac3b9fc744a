/** Runs a command whose output is gathered and whose time is limited: execSync, out of a driver's exec. */
import { PassThrough } from 'node:stream';
import { timerMs } from './timer-ms.ts';
import { RuntimeError, type Streams } from './runtime.ts';

/** As much of each stream as engines keep; what comes after it is dropped, and the command goes on. */
const MAX_OUTPUT = 16 << 20;

export interface ExecOutput {
  stdout: Buffer;
  stderr: Buffer;
  exitCode: number;
}

/** Throws DeadlineExceeded after `timeoutSeconds`; 0 waits for ever. */
export async function collectExec(
  run: (streams: Streams) => Promise<number>,
  timeoutSeconds: number,
): Promise<ExecOutput> {
  const [stdout, stderr] = [collect(), collect()];
  const abort = new AbortController();
  const timer = timeoutSeconds > 0 ? setTimeout(() => abort.abort(), timerMs(timeoutSeconds * 1000)) : undefined;
  try {
    const exitCode = await run({ stdout: stdout.stream, stderr: stderr.stream, tty: false, signal: abort.signal });
    if (abort.signal.aborted) throw timedOut(timeoutSeconds);
    return { stdout: stdout.bytes(), stderr: stderr.bytes(), exitCode };
  } catch (error) {
    throw abort.signal.aborted ? timedOut(timeoutSeconds) : error;
  } finally {
    clearTimeout(timer);
  }
}

function timedOut(timeoutSeconds: number): RuntimeError {
  return new RuntimeError('DeadlineExceeded', `command timed out after ${timeoutSeconds} s`);
}

function collect(): { stream: PassThrough; bytes(): Buffer } {
  const stream = new PassThrough();
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    const kept = chunk.subarray(0, Math.max(0, MAX_OUTPUT - size));
    size += kept.length;
    if (kept.length > 0) chunks.push(kept);
  });
  return { stream, bytes: () => Buffer.concat(chunks) };
}
