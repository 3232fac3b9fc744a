/** exec, attach and port-forward of a CRI engine: it names a URL of its streaming server, which speaks SPDY. */
import type { Duplex } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { SpdyConnection } from '@mkube/spdy';
import { onClosed } from '../forward-port.ts';
import { RuntimeError, type Streams } from '../runtime.ts';
import { connectSpdy } from './connect-spdy.ts';

const REMOTE_COMMAND = ['v4.channel.k8s.io'];

/** Resolves with the command's exit code; undefined where the stream ended without one: attach, and a caller that leaves. */
export async function streamCommand(url: string, streams: Streams): Promise<number | undefined> {
  try {
    return await stream(url, streams);
  } catch (error) {
    if (streams.signal.aborted) return undefined; // it left while streams were still being opened
    throw error;
  }
}

async function stream(url: string, streams: Streams): Promise<number | undefined> {
  const connection = await connectSpdy(url, REMOTE_COMMAND, streams.signal);
  const stop = (): void => connection.close();
  streams.signal.addEventListener('abort', stop, { once: true });
  if (streams.signal.aborted) stop(); // while it was being connected
  try {
    const errorStream = await connection.open({ streamtype: 'error' });
    const status = readAll(errorStream);
    const stdin = streams.stdin ? await connection.open({ streamtype: 'stdin' }) : undefined;
    const stdout = await connection.open({ streamtype: 'stdout' });
    const stderr = streams.tty ? undefined : await connection.open({ streamtype: 'stderr' });
    if (streams.tty) await sendSizes(connection, streams);
    const outputs = [stdout, stderr].filter((stream) => stream !== undefined);
    const ended = Promise.all(outputs.map((output) => finished(output, { writable: false }).catch(() => undefined)));
    if (streams.stdout) stdout.pipe(streams.stdout, { end: false });
    else stdout.resume();
    if (streams.stderr) stderr?.pipe(streams.stderr, { end: false });
    else stderr?.resume();
    if (stdin) streams.stdin?.pipe(stdin);
    const text = await status;
    await ended;
    if (stdin) streams.stdin?.unpipe(stdin);
    return exitCodeOf(text);
  } finally {
    streams.signal.removeEventListener('abort', stop);
    connection.close();
  }
}

async function sendSizes(connection: SpdyConnection, streams: Streams): Promise<void> {
  const resize = await connection.open({ streamtype: 'resize' });
  streams.onResize?.(({ width, height }) => resize.write(`${JSON.stringify({ Width: width, Height: height })}\n`));
}

async function readAll(stream: Duplex): Promise<string> {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  await finished(stream, { writable: false }).catch(() => undefined);
  return Buffer.concat(chunks).toString();
}

/** The error stream carries a Status: Success, or a failure whose cause is the exit code. */
function exitCodeOf(text: string): number | undefined {
  if (text === '') return undefined;
  const status = JSON.parse(text) as {
    status?: string;
    message?: string;
    details?: { causes?: { reason?: string; message?: string }[] };
  };
  if (status.status === 'Success') return 0;
  const code = status.details?.causes?.find((cause) => cause.reason === 'ExitCode')?.message;
  if (code !== undefined) return Number(code);
  throw new RuntimeError('CannotRun', status.message ?? 'the engine could not run the command');
}

export async function streamPort(url: string, port: number, stream: NodeJS.ReadWriteStream): Promise<void> {
  const connection = await connectSpdy(url, ['portforward.k8s.io']);
  try {
    const headers = { port: String(port), requestid: '0' };
    const errors = await connection.open({ ...headers, streamtype: 'error' });
    errors.end();
    const failure = readAll(errors);
    const data = await connection.open({ ...headers, streamtype: 'data' });
    onClosed(stream, () => connection.close());
    stream.pipe(data).pipe(stream);
    const message = await failure;
    if (message) throw new RuntimeError('Unavailable', `cannot connect to port ${port}: ${message}`);
    await finished(data, { writable: false }).catch(() => undefined);
  } finally {
    connection.close();
  }
}
