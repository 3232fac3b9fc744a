/**
 * exec and attach as clients before WebSockets speak them: SPDY streams named error, stdin, stdout, stderr and resize, joined
 * to the kubelet's channels. The command starts when all streams that were asked for are open.
 */
import type { Duplex } from 'node:stream';
import { SpdyConnection, type SpdyStream } from '@mkube/spdy';
import type { WebSocket } from 'ws';
import { endChannel, sendOn } from './kubelet-socket.ts';

export interface CommandOptions {
  /** Names of the streams that the request asks for, 'error' among them. */
  expected: readonly string[];
  dial: () => Promise<WebSocket>;
}

const CHANNELS: Readonly<Record<string, number>> = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 };
const WAIT_MS = 30_000;

export function serveCommand(socket: Duplex, { expected, dial }: CommandOptions): void {
  const streams = new Map<string, SpdyStream>();
  const late = setTimeout(() => connection.close(), WAIT_MS);
  const connection = new SpdyConnection(socket, (stream) => {
    const type = stream.headers['streamtype'] ?? '';
    if (!(type in CHANNELS) || streams.has(type)) return;
    streams.set(type, stream);
    if (!expected.every((name) => streams.has(name))) return;
    clearTimeout(late);
    void run(connection, streams, dial);
  });
  connection.onClose(() => clearTimeout(late));
}

async function run(
  connection: SpdyConnection,
  streams: ReadonlyMap<string, SpdyStream>,
  dial: CommandOptions['dial'],
): Promise<void> {
  let socket: WebSocket;
  try {
    socket = await dial();
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const status = { metadata: {}, status: 'Failure', message, reason: 'InternalError', code: 500 };
    return finish(connection, streams, Buffer.from(JSON.stringify(status)));
  }
  let outcome = Buffer.alloc(0);
  const byChannel = new Map([...streams].map(([name, stream]) => [CHANNELS[name] ?? -1, stream]));
  socket.on('message', (message: Buffer) => {
    const payload = message.subarray(1);
    if (message[0] === CHANNELS['error']) return void (outcome = Buffer.concat([outcome, payload]));
    const to = byChannel.get(message[0] ?? -1);
    if (!to || payload.length === 0 || to.write(payload)) return;
    socket.pause();
    to.once('drain', () => socket.resume());
  });
  socket.on('close', () => finish(connection, streams, outcome));
  connection.onClose(() => socket.close());
  for (const name of ['stdin', 'resize'] as const) {
    const stream = streams.get(name);
    stream?.on('data', (chunk: Buffer) => sendOn(socket, CHANNELS[name] ?? 0, chunk));
    if (name === 'stdin') stream?.on('end', () => endChannel(socket, CHANNELS['stdin'] ?? 0));
  }
}

function finish(connection: SpdyConnection, streams: ReadonlyMap<string, SpdyStream>, outcome: Buffer): void {
  streams.get('stdout')?.end();
  streams.get('stderr')?.end();
  streams.get('error')?.end(outcome);
  // The client answers the ends with a GOAWAY; one that does not is let go.
  setTimeout(() => connection.close(), 10_000).unref();
}
