/** exec and attach over a WebSocket: a program's streams on channels 0 to 2, how it ended on 3, terminal sizes on 4. */
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Runtime, Streams } from '@mkube/runtime';
import type { ChannelSocket } from './channel-socket.ts';
import { CHANNELS, encodeOutcome, type StreamProtocol } from './channels.ts';
import { HttpError } from './http-error.ts';
import { isTrue } from './log-options.ts';

export interface CommandRequest {
  containerId: string;
  /** Undefined: attach. */
  command: string[] | undefined;
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  tty: boolean;
}

export function commandRequestOf(query: URLSearchParams, isExec: boolean): Omit<CommandRequest, 'containerId'> {
  const has = (...names: string[]): boolean => names.some((name) => isTrue(query.get(name)));
  const tty = has('tty');
  const request = {
    command: isExec ? query.getAll('command') : undefined,
    stdin: has('input', 'stdin'),
    stdout: has('output', 'stdout'),
    stderr: has('error', 'stderr') && !tty,
    tty,
  };
  if (isExec && request.command?.length === 0)
    throw new HttpError(400, 'you must specify at least 1 command for the container');
  if (!request.stdin && !request.stdout && !request.stderr) {
    throw new HttpError(400, 'you must specify at least 1 of stdin, stdout, stderr');
  }
  return request;
}

export async function runCommand(
  request: CommandRequest,
  { runtime, channels, protocol }: { runtime: Runtime; channels: ChannelSocket; protocol: StreamProtocol },
): Promise<void> {
  const stdout = request.stdout ? channels.output(CHANNELS.stdout) : undefined;
  const stderr = request.stderr ? channels.output(CHANNELS.stderr) : undefined;
  const streams: Streams = {
    ...(request.stdin && { stdin: channels.input(CHANNELS.stdin) }),
    ...(stdout && { stdout }),
    ...(stderr && { stderr }),
    tty: request.tty,
    signal: channels.signal,
    ...(request.tty && { onResize: (listener) => listenToSizes(channels, listener) }),
  };
  const outcome = await outcomeOf(runtime, request, streams);
  await Promise.all([flushed(stdout), flushed(stderr)]);
  if (!channels.signal.aborted) await channels.send(CHANNELS.error, encodeOutcome(protocol, outcome));
  channels.close();
}

async function outcomeOf(
  runtime: Runtime,
  { containerId, command }: CommandRequest,
  streams: Streams,
): Promise<{ exitCode: number } | { error: string }> {
  try {
    if (command) return { exitCode: await runtime.exec(containerId, command, streams) };
    await runtime.attach(containerId, streams);
    return { exitCode: 0 };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/** All of the output goes before the outcome does. */
async function flushed(stream: Writable | undefined): Promise<void> {
  if (!stream || stream.destroyed) return;
  if (!stream.writableEnded) stream.end();
  await finished(stream).catch(() => undefined);
}

function listenToSizes(channels: ChannelSocket, listener: (size: { width: number; height: number }) => void): void {
  let rest = '';
  channels.input(CHANNELS.resize).on('data', (chunk: Buffer) => {
    rest = (rest + chunk.toString('utf8')).slice(-1024);
    const messages = rest.match(/\{[^{}]*\}/g);
    if (!messages) return;
    rest = rest.slice(rest.lastIndexOf('}') + 1);
    for (const text of messages) {
      const size = parseSize(text);
      if (size) listener(size);
    }
  });
}

const MOST = 65_535;

function parseSize(text: string): { width: number; height: number } | undefined {
  try {
    const { Width: width, Height: height } = JSON.parse(text) as { Width?: unknown; Height?: unknown };
    const isSize = (side: unknown): side is number =>
      Number.isInteger(side) && Number(side) > 0 && Number(side) <= MOST;
    return isSize(width) && isSize(height) ? { width, height } : undefined;
  } catch {
    return undefined;
  }
}
