/**
 * Port-forward as kubectl speaks it: over one SPDY connection, an error stream and a data stream per forwarded connection.
 * Each pair becomes a WebSocket of its own to the kubelet.
 */
import type { Duplex } from 'node:stream';
import { SpdyConnection, type SpdyStream } from '@mkube/spdy';
import type { WebSocket } from 'ws';
import { endChannel, sendOn } from './kubelet-socket.ts';

export interface PortForwardOptions {
  /** A WebSocket (v5) to the kubelet for one port. */
  dial: (port: number) => Promise<WebSocket>;
}

const HIGH = 1024 * 1024;

export function servePortForward(socket: Duplex, { dial }: PortForwardOptions): void {
  const waiting = new Map<string, SpdyStream>();
  new SpdyConnection(socket, (stream) => {
    const { streamtype = '', port = '', requestid = '' } = stream.headers;
    const key = `${port} ${requestid}`;
    const other = waiting.get(key);
    if (!other) return void waiting.set(key, stream);
    waiting.delete(key);
    const [data, error] = streamtype === 'data' ? [stream, other] : [other, stream];
    void forward(Number(port), { data, error, dial });
  });
}

async function forward(
  port: number,
  { data, error, dial }: { data: SpdyStream; error: SpdyStream } & PortForwardOptions,
): Promise<void> {
  error.resume();
  try {
    if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`port ${port} is no port`);
    join(await dial(port), data, error);
  } catch (cause) {
    error.end(`error forwarding port ${port}: ${cause instanceof Error ? cause.message : String(cause)}`);
    data.end();
  }
}

function join(socket: WebSocket, data: SpdyStream, error: SpdyStream): void {
  const named = new Set<number>();
  socket.on('message', (message: Buffer) => {
    const channel = message[0] ?? 0;
    // The first message of each channel names its port.
    if (!named.has(channel)) return void named.add(channel);
    const to = channel === 0 ? data : error;
    if (to.write(message.subarray(1))) return;
    socket.pause();
    to.once('drain', () => socket.resume());
  });
  socket.on('close', () => {
    data.end();
    // The client waits for the end of the error stream before it lets go.
    error.end();
  });
  data.on('data', (chunk: Buffer) => {
    sendOn(socket, 0, chunk);
    if (socket.bufferedAmount < HIGH) return;
    data.pause();
    const timer = setInterval(() => {
      if (socket.bufferedAmount >= HIGH && socket.readyState === socket.OPEN) return;
      clearInterval(timer);
      data.resume();
    }, 10);
  });
  // A client that says no more may still wait for an answer, and the pod for the end of what it is told.
  data.on('end', () => endChannel(socket, 0));
  data.on('close', () => socket.close());
}
