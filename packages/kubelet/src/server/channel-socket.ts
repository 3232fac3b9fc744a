/**
 * Node streams over the channels of one WebSocket. Both directions hold back: a slow client slows the program down, a slow
 * program its client. Nothing is lost between the last byte and the close.
 */
import { PassThrough, Writable } from 'node:stream';
import type { WebSocket } from 'ws';
import { CHANNELS, decodeMessage, encodeMessage, type StreamProtocol } from './channels.ts';

export interface ChannelSocket {
  /** What the client sends on a channel. */
  input(channel: number): PassThrough;
  output(channel: number): Writable;
  send(channel: number, payload: Buffer): Promise<void>;
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
  close(): void;
}

/** A client that neither reads nor leaves is let go after this. */
const CLOSE_WAIT_MS = 10_000;

export function openChannels(socket: WebSocket, protocol: StreamProtocol): ChannelSocket {
  const inputs = new Map<number, PassThrough>();
  const gone = new AbortController();
  const endAll = (): void => {
    for (const input of inputs.values()) input.end();
    gone.abort(new Error('the client has gone'));
  };
  socket.on('close', endAll);
  socket.on('error', endAll);
  socket.on('message', (data: Buffer) => {
    const message = decodeMessage(protocol, data);
    if (!message) return;
    if (protocol.closes && message.channel === CHANNELS.close) return void inputs.get(message.payload[0] ?? -1)?.end();
    const input = inputs.get(message.channel);
    if (!input || input.writableEnded || message.payload.length === 0) return;
    if (input.write(message.payload)) return;
    socket.pause();
    input.once('drain', () => socket.resume());
  });
  const send = (channel: number, payload: Buffer): Promise<void> =>
    new Promise((resolve, reject) => {
      socket.send(encodeMessage(protocol, channel, payload), (error) => (error ? reject(error) : resolve()));
    });
  return {
    input(channel) {
      const input = inputs.get(channel) ?? new PassThrough();
      inputs.set(channel, input);
      return input;
    },
    output: (channel) =>
      new Writable({
        write(chunk: Buffer, _encoding, done) {
          if (socket.readyState !== socket.OPEN) return done();
          socket.send(encodeMessage(protocol, channel, chunk), () => done());
        },
      }),
    send,
    signal: gone.signal,
    close() {
      socket.close(1000);
      setTimeout(() => socket.terminate(), CLOSE_WAIT_MS).unref();
    },
  };
}
