/**
 * The client's side of a SPDY/3.1 connection, as an engine's streaming server speaks it: streams that we open, data and
 * half-closes both ways, pings. Neither end of these servers keeps flow-control windows.
 */
import http from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { RuntimeError } from '../../runtime.ts';
import { createHeaderCodec, type HeaderCodec } from './headers.ts';

const SYN_STREAM = 1;
const SYN_REPLY = 2;
const RST_STREAM = 3;
const PING = 6;
const GOAWAY = 7;
const FIN = 1;
const MAX_DATA = 32 * 1024;
const MAX_FRAME = 16 << 20;

export interface SpdyConnection {
  /** The subprotocol that the server chose. */
  readonly protocol: string;
  open(headers: Record<string, string>): Promise<Duplex>;
  /** Resolves when the connection ends. */
  readonly closed: Promise<void>;
  close(): void;
}

export async function connectSpdy(url: string, protocols: string[], signal?: AbortSignal): Promise<SpdyConnection> {
  const { socket, head, protocol } = await upgrade(url, protocols, signal);
  return createConnection(socket, head, protocol);
}

function upgrade(
  url: string,
  protocols: string[],
  signal?: AbortSignal,
): Promise<{ socket: Socket; head: Buffer; protocol: string }> {
  return new Promise((resolve, reject) => {
    const headers = { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': protocols };
    const request = http.request(url, { method: 'POST', headers, agent: false, signal });
    request.on('upgrade', (response, socket: Socket, head) => {
      const protocol = String(response.headers['x-stream-protocol-version'] ?? '');
      resolve({ socket, head, protocol });
    });
    request.on('response', (response) => {
      response.resume();
      reject(new RuntimeError('Unavailable', `the engine's streaming server answered ${response.statusCode}`));
    });
    request.on('error', (cause) =>
      reject(new RuntimeError('Unavailable', `streaming server: ${cause.message}`, { cause })),
    );
    request.end();
  });
}

interface Wire {
  socket: Socket;
  codec: HeaderCodec;
  streams: Map<number, SpdyStream>;
}

class SpdyStream extends Duplex {
  readonly #id: number;
  readonly #wire: Wire;

  constructor(id: number, wire: Wire) {
    super({ allowHalfOpen: true });
    this.#id = id;
    this.#wire = wire;
  }

  override _read(): void {
    this.#wire.socket.resume();
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    let drained = true;
    for (let at = 0; at < chunk.length; at += MAX_DATA)
      drained = this.#wire.socket.write(dataFrame(this.#id, chunk.subarray(at, at + MAX_DATA), 0));
    if (drained || this.#wire.socket.destroyed) done();
    else this.#wire.socket.once('drain', done).once('close', done);
  }

  override _final(done: () => void): void {
    this.#wire.socket.write(dataFrame(this.#id, Buffer.alloc(0), FIN));
    done();
  }
}

function createConnection(socket: Socket, head: Buffer, protocol: string): SpdyConnection {
  const wire: Wire = { socket, codec: createHeaderCodec(), streams: new Map() };
  let nextId = 1;
  let opening: Promise<unknown> = Promise.resolve();
  const closed = new Promise<void>((resolve) => void socket.once('close', resolve));
  // what is being opened when the connection ends would wait for ever: the compressor answers no more then
  const gone = closed.then((): never => {
    throw new RuntimeError('Unavailable', 'the connection to the streaming server has ended');
  });
  gone.catch(() => undefined);
  socket.on('error', () => undefined);
  void closed.then(() => {
    for (const stream of wire.streams.values()) stream.push(null);
    wire.codec.close();
  });
  receive(wire, head);
  return {
    protocol,
    closed,
    open(headers) {
      const id = nextId;
      nextId += 2;
      const stream = new SpdyStream(id, wire).on('error', () => undefined);
      wire.streams.set(id, stream);
      // Blocks share one compressor: they go out in the order they were made.
      const sent = opening.then(async () => {
        const block = await Promise.race([wire.codec.encode(headers), gone]);
        const fixed = Buffer.alloc(10);
        fixed.writeUInt32BE(id, 0);
        socket.write(controlFrame(SYN_STREAM, 0, Buffer.concat([fixed, block])));
        return stream;
      });
      opening = sent.catch(() => undefined);
      return sent;
    },
    close: () => void socket.destroy(),
  };
}

function receive(wire: Wire, head: Buffer): void {
  let held: Buffer = head;
  const take = (): void => {
    while (held.length >= 8) {
      const length = held.readUInt32BE(4) & 0xffffff;
      if (length > MAX_FRAME) return void wire.socket.destroy();
      if (held.length < 8 + length) return;
      const frame = held.subarray(0, 8 + length);
      held = held.subarray(8 + length);
      onFrame(wire, frame);
    }
  };
  take();
  wire.socket.on('data', (chunk: Buffer) => {
    held = held.length > 0 ? Buffer.concat([held, chunk]) : chunk;
    take();
  });
}

function onFrame(wire: Wire, frame: Buffer): void {
  const word = frame.readUInt32BE(0);
  const flags = frame.readUInt8(4);
  const body = frame.subarray(8);
  if (word < 0x80000000) {
    const stream = wire.streams.get(word);
    if (body.length > 0 && stream?.push(Buffer.from(body)) === false) wire.socket.pause();
    if (flags & FIN) stream?.push(null);
    return;
  }
  switch (word & 0xffff) {
    case SYN_REPLY:
      void wire.codec.decode(body.subarray(4)).catch(() => wire.socket.destroy()); // in order, for the compressor's sake
      break;
    case RST_STREAM:
      wire.streams.get(body.readUInt32BE(0))?.destroy();
      break;
    case PING:
      wire.socket.write(frame);
      break;
    case GOAWAY:
      wire.socket.end();
      break;
    default: // SETTINGS and windows mean nothing here
  }
}

function dataFrame(id: number, data: Buffer, flags: number): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(id, 0);
  head.writeUInt32BE(data.length, 4);
  head.writeUInt8(flags, 4);
  return Buffer.concat([head, data]);
}

function controlFrame(type: number, flags: number, body: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE((0x80030000 | type) >>> 0, 0);
  head.writeUInt32BE(body.length, 4);
  head.writeUInt8(flags, 4);
  return Buffer.concat([head, body]);
}
