/**
 * One TCP connection to a port of a pod, over a WebSocket of its own (v4.channel.k8s.io: channel 0 bytes, channel 1 what went
 * wrong; the first message of each names the port). The protocol cannot half-close: after our end the pod's goes on until it
 * is done, or silent for a while.
 */
import type { Socket } from 'node:net';
import type { WebSocketLike } from '@mkube/client';
import type { Rest } from '../rest.ts';

const DATA = 0;
const ERROR = 1;
const LINGER_MS = 30_000;
const IN_FLIGHT = 1024 * 1024;

export interface Connection {
  rest: Rest;
  /** Of the pod's portforward. */
  path: string;
  port: number;
  socket: Socket;
  signal: AbortSignal;
}

/** Resolves when both sides are done; throws what the pod's side had to say. */
export async function forwardConnection({ rest, path, port, socket, signal }: Connection): Promise<void> {
  if (!rest.transport.webSocket) throw new Error('this connection cannot stream');
  socket.pause();
  const channel = await rest.transport.webSocket({
    path: `${path}?ports=${port}`,
    protocols: ['v4.channel.k8s.io'],
    signal,
  });
  try {
    await join(channel, socket);
  } finally {
    channel.close(1000);
    socket.destroy();
  }
}

function join(channel: WebSocketLike, socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    const seen = new Set<number>();
    let linger: NodeJS.Timeout | undefined;
    let timer: NodeJS.Timeout | undefined;
    const done = (error?: Error): void => {
      clearTimeout(linger);
      clearTimeout(timer);
      if (error) reject(error);
      else resolve();
    };
    channel.on('message', (message) => {
      const [kind] = message;
      const isHead = kind !== undefined && !seen.has(kind);
      if (kind !== undefined) seen.add(kind);
      const payload = message.subarray(isHead ? 3 : 1);
      linger?.refresh();
      if (payload.length === 0) return;
      if (kind === DATA) socket.write(payload);
      else if (kind === ERROR) done(new Error(payload.toString('utf8')));
    });
    channel.on('close', () => socket.end(() => done()));
    channel.on('error', done);
    socket.on('data', (bytes: Buffer) => {
      channel.send(Buffer.concat([Buffer.from([DATA]), bytes]));
      if (channel.bufferedAmount > IN_FLIGHT) holdBack();
    });
    socket.on('end', () => (linger = setTimeout(done, LINGER_MS)));
    socket.on('error', () => done());
    socket.on('close', () => done());
    socket.resume();

    function holdBack(): void {
      socket.pause();
      if (channel.bufferedAmount < IN_FLIGHT) socket.resume();
      else timer = setTimeout(holdBack, 5);
    }
  });
}
