/**
 * The server's side of a SPDY/3.1 connection, as much of it as Kubernetes' streams need: streams that the client opens,
 * data and half-closes both ways, pings. No flow-control windows: neither side of Kubernetes keeps them.
 */
import { Duplex } from 'node:stream';
import { HeaderBlocks, type SpdyHeaders } from './header-blocks.ts';

const SYN_STREAM = 1;
const SYN_REPLY = 2;
const RST_STREAM = 3;
const PING = 6;
const GOAWAY = 7;
const FIN = 1;
const MAX_FRAME = 16 * 1024 * 1024;
const MAX_DATA = 32 * 1024;

export class SpdyStream extends Duplex {
  readonly id: number;
  readonly headers: SpdyHeaders;
  readonly #connection: SpdyConnection;

  constructor(connection: SpdyConnection, id: number, headers: SpdyHeaders) {
    super({ allowHalfOpen: true });
    this.id = id;
    this.headers = headers;
    this.#connection = connection;
    this.on('error', () => undefined);
  }

  override _read(): void {
    this.#connection.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    for (let at = 0; at < chunk.length; at += MAX_DATA)
      this.#connection.sendData(this.id, chunk.subarray(at, at + MAX_DATA), 0);
    this.#connection.whenDrained(done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#connection.sendData(this.id, Buffer.alloc(0), FIN);
    done();
  }
}

export class SpdyConnection {
  readonly #socket: Duplex;
  readonly #blocks = new HeaderBlocks();
  readonly #streams = new Map<number, SpdyStream>();
  readonly #onStream: (stream: SpdyStream) => void;
  #buffered = Buffer.alloc(0);
  #work: Promise<void> = Promise.resolve();

  constructor(socket: Duplex, onStream: (stream: SpdyStream) => void) {
    this.#socket = socket;
    this.#onStream = onStream;
    socket.on('data', (chunk: Buffer) => {
      this.#work = this.#work.then(() => this.#take(chunk)).catch(() => this.close());
    });
    socket.on('error', () => this.close());
    socket.on('close', () => this.close());
  }

  get closed(): boolean {
    return this.#socket.destroyed;
  }

  onClose(listener: () => void): void {
    if (this.closed) listener();
    else this.#socket.once('close', listener);
  }

  resume(): void {
    this.#socket.resume();
  }

  whenDrained(done: () => void): void {
    if (this.closed || !this.#socket.writableNeedDrain) return done();
    const resolve = (): void => {
      this.#socket.off('drain', resolve).off('close', resolve);
      done();
    };
    this.#socket.once('drain', resolve).once('close', resolve);
  }

  sendData(id: number, data: Buffer, flags: number): void {
    if (this.closed) return;
    const head = Buffer.alloc(8);
    head.writeUInt32BE(id & 0x7fffffff, 0);
    head.writeUInt32BE(((flags << 24) | data.length) >>> 0, 4);
    this.#socket.write(data.length > 0 ? Buffer.concat([head, data]) : head);
  }

  /** Ends after everything that was written has gone. */
  end(): void {
    this.#socket.end();
  }

  close(): void {
    for (const stream of this.#streams.values()) stream.destroy();
    this.#streams.clear();
    this.#blocks.close();
    this.#socket.destroy();
  }

  async #take(chunk: Buffer): Promise<void> {
    this.#buffered = Buffer.concat([this.#buffered, chunk]);
    while (this.#buffered.length >= 8) {
      const length = this.#buffered.readUInt32BE(4) & 0xffffff;
      if (length > MAX_FRAME) throw new Error('a SPDY frame is too large');
      if (this.#buffered.length < 8 + length) return;
      const frame = this.#buffered.subarray(0, 8 + length);
      this.#buffered = this.#buffered.subarray(8 + length);
      await this.#frame(frame);
    }
  }

  async #frame(frame: Buffer): Promise<void> {
    const first = frame.readUInt32BE(0);
    const flags = frame[4] ?? 0;
    const payload = frame.subarray(8);
    if (first < 0x80000000) return this.#data(first, payload, flags);
    switch (first & 0xffff) {
      case SYN_STREAM:
        return this.#opened(payload, flags);
      case RST_STREAM: {
        const id = payload.readUInt32BE(0) & 0x7fffffff;
        this.#streams.get(id)?.destroy();
        this.#streams.delete(id);
        return;
      }
      case PING:
        this.#socket.write(Buffer.concat([control(PING, 4), payload.subarray(0, 4)]));
        return;
      case GOAWAY:
        return this.#socket.end() && undefined;
      default:
    }
  }

  async #opened(payload: Buffer, flags: number): Promise<void> {
    const id = payload.readUInt32BE(0) & 0x7fffffff;
    const headers = await this.#blocks.decode(payload.subarray(10));
    const reply = await this.#blocks.encode({});
    const stream = new SpdyStream(this, id, headers);
    this.#streams.set(id, stream);
    stream.once('close', () => this.#streams.delete(id));
    const head = Buffer.alloc(4);
    head.writeUInt32BE(id);
    this.#socket.write(Buffer.concat([control(SYN_REPLY, 4 + reply.length), head, reply]));
    if (flags & FIN) stream.push(null);
    this.#onStream(stream);
  }

  #data(id: number, payload: Buffer, flags: number): void {
    const stream = this.#streams.get(id);
    if (!stream) return;
    if (payload.length > 0 && !stream.push(Buffer.from(payload))) this.#socket.pause();
    if (flags & FIN) stream.push(null);
  }
}

function control(type: number, length: number): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16BE(0x8003, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt32BE(length, 4);
  return head;
}
