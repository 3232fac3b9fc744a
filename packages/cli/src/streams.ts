/**
 * exec and attach over WebSocket, protocol v5.channel.k8s.io (v4 with older servers): stdin, stdout, stderr, terminal sizes, and the
 * command's exit code from the status channel.
 */
import type { Status } from '@mkube/apimachinery';
import { errorOfStatus } from '@mkube/apimachinery';
import type { WebSocketLike } from '@mkube/client';
import { CommandError, type Io } from './io.ts';
import type { Rest } from './rest.ts';

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const STATUS = 3;
const RESIZE = 4;
const CLOSE = 255;

export interface StreamRequest {
  rest: Rest;
  /** With query. */
  path: string;
  stdin: boolean;
  tty: boolean;
  io: Io;
}

/** Resolves with the remote command's exit code; what it is worth saying about is the caller's. */
export async function runStream({ rest, path, stdin, tty, io }: StreamRequest): Promise<number> {
  const { transport } = rest;
  if (!transport.webSocket) throw new CommandError('this connection cannot stream');
  const socket = await transport.webSocket({
    path,
    protocols: ['v5.channel.k8s.io', 'v4.channel.k8s.io'],
    signal: io.signal,
  });
  const raw = tty && stdin && io.stdin.isTTY === true;
  const done = statusOfSocket(socket, io);
  const stopInput = stdin ? pumpInput(socket, io) : () => undefined;
  if (tty) sendSizes(socket, io);
  if (raw) io.stdin.setRawMode?.(true);
  try {
    return exitCodeOf(await done);
  } finally {
    if (raw) io.stdin.setRawMode?.(false);
    stopInput();
    socket.close(1000);
  }
}

function statusOfSocket(socket: WebSocketLike, io: Io): Promise<Status> {
  return new Promise((resolve, reject) => {
    let status: Status | undefined;
    let written = Promise.resolve();
    socket.on('message', (data) => {
      const [channel] = data;
      const payload = data.subarray(1);
      if (payload.length === 0) return;
      if (channel === STDOUT) written = written.then(() => io.outBytes(payload));
      else if (channel === STDERR) written = written.then(() => io.errBytes(payload));
      else if (channel === STATUS) status = JSON.parse(payload.toString('utf8')) as Status;
    });
    socket.on('error', reject);
    socket.on('close', (code) => {
      void written.then(() =>
        status ? resolve(status) : reject(new CommandError(`the connection was lost (websocket: close ${code})`)),
      );
    });
  });
}

/** Pieces that every server takes, and no more in flight than a slow line can swallow. */
const PIECE = 32 * 1024;
const IN_FLIGHT = 1024 * 1024;

function pumpInput(socket: WebSocketLike, { stdin }: Io): () => void {
  let timer: NodeJS.Timeout | undefined;
  const holdBack = (): void => {
    if (socket.bufferedAmount < IN_FLIGHT) return void stdin.resume();
    stdin.pause();
    timer = setTimeout(holdBack, 5);
  };
  const onData = (chunk: Buffer | string): void => {
    const bytes = Buffer.from(chunk);
    for (let at = 0; at < bytes.length; at += PIECE)
      socket.send(Buffer.concat([Buffer.from([STDIN]), bytes.subarray(at, at + PIECE)]));
    if (socket.bufferedAmount >= IN_FLIGHT) holdBack();
  };
  const onEnd = (): void => {
    if (socket.protocol === 'v5.channel.k8s.io') socket.send(Buffer.from([CLOSE, STDIN]));
  };
  stdin.on('data', onData);
  stdin.once('end', onEnd);
  return () => {
    clearTimeout(timer);
    stdin.off('data', onData);
    stdin.off('end', onEnd);
    stdin.pause();
  };
}

function sendSizes(socket: WebSocketLike, io: Io): void {
  const send = (): void => {
    const size = io.size?.();
    if (size)
      socket.send(
        Buffer.concat([Buffer.from([RESIZE]), Buffer.from(JSON.stringify({ Width: size.width, Height: size.height }))]),
      );
  };
  send();
  io.onResize?.(send);
}

function exitCodeOf(status: Status): number {
  if (status.status === 'Success') return 0;
  if (status.reason === 'NonZeroExitCode') {
    const code = Number(status.details?.causes?.find((c) => c.reason === 'ExitCode')?.message ?? '1');
    return code;
  }
  // It was the command that could not be run, not the request: kubectl says no more than that.
  throw new CommandError(status.message ?? 'the command could not be run', 1, { cause: errorOfStatus(status) });
}
