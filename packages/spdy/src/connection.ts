/**
 * One end of a SPDY/3.1 connection, as much of it as Kubernetes' streams need: streams that the client opens, data and
 * half-closes both ways, resets, pings. No flow-control windows: nobody in Kubernetes keeps them, so a reader that lags holds
 * the whole connection back. Frames are taken one after the other; what is no SPDY ends the connection.
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
  #ended = false;

  constructor(connection: SpdyConnection, id: number, headers: SpdyHeaders) {
    super({ allowHalfOpen: true });
    this.id = id;
    this.headers = headers;
    this.#connection = connection;
    this.on('error', () => undefined);
  }

  /** False where the reader lags. */
  receive(bytes: Buffer): boolean {
    return this.#ended || this.push(bytes);
  }

  receiveEnd(): void {
    if (!this.#ended) this.push(null);
    this.#ended = true;
  }

  override _read(): void {
    this.#connection.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    for (let at = 0; at < chunk.length; at += MAX_DATA)
      this.#connection.sendData(this.id, chunk.subarray(at, at + MAX_DATA), 0);
    this.#connection.whenDrained(done);
  }

  override _final(done: () => void): void {
    this.#connection.sendData(this.id, Buffer.alloc(0), FIN);
    done();
  }
}

export class SpdyConnection {
  readonly #socket: Duplex;
  readonly #blocks = new HeaderBlocks();
  readonly #streams = new Map<number, SpdyStream>();
  readonly #onStream: ((stream: SpdyStream) => void) | undefined;
  #undrained: (() => void)[] = [];
  #buffered = Buffer.alloc(0);
  #received: Promise<void> = Promise.resolve();
  #opened: Promise<unknown> = Promise.resolve();
  #nextId = 1;

  /** Clients open streams; servers are told of them by `onStream`. */
  constructor(socket: Duplex, onStream?: (stream: SpdyStream) => void) {
    this.#socket = socket;
    this.#onStream = onStream;
    socket.on('data', (chunk: Buffer) => {
      this.#received = this.#received.then(() => this.#take(chunk)).catch(() => this.close());
    });
    socket.on('drain', () => this.#drained());
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

  /** Resolves when the request for the stream is on its way: nobody in Kubernetes waits for the reply. */
  async open(headers: SpdyHeaders): Promise<SpdyStream> {
    const stream = this.#add(this.#nextId, headers);
    this.#nextId += 2;
    const sent = this.#opened.then(async () => {
      const block = await this.#blocks.encode(headers);
      this.#sendControl(SYN_STREAM, Buffer.concat([number(stream.id), Buffer.alloc(6), block]));
    });
    this.#opened = sent.catch(() => undefined);
    await sent;
    return stream;
  }

  resume(): void {
    this.#socket.resume();
  }

  whenDrained(done: () => void): void {
    if (this.closed || !this.#socket.writableNeedDrain) done();
    else this.#undrained.push(done);
  }

  sendData(id: number, data: Buffer, flags: number): void {
    if (this.closed) return;
    this.#socket.write(Buffer.concat([number(id), number(((flags << 24) | data.length) >>> 0), data]));
  }

  /** Ends after everything that was written has gone. */
  end(): void {
    this.#socket.end();
  }

  /** What came before can still be read. */
  close(): void {
    this.#socket.destroy();
    this.#blocks.close();
    this.#drained();
    for (const stream of this.#streams.values()) {
      stream.receiveEnd();
      if (stream.readableLength === 0) stream.destroy();
      else stream.end();
    }
    this.#streams.clear();
  }

  #add(id: number, headers: SpdyHeaders): SpdyStream {
    const stream = new SpdyStream(this, id, headers);
    this.#streams.set(id, stream);
    stream.once('close', () => {
      this.#streams.delete(id);
      this.resume(); // it may be the one that lagged
    });
    return stream;
  }

  #drained(): void {
    const waiting = this.#undrained;
    this.#undrained = [];
    for (const done of waiting) done();
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
        return this.#accept(payload, flags);
      case SYN_REPLY:
        return void (await this.#blocks.decode(payload.subarray(4))); // for the compression's sake
      case RST_STREAM:
        this.#streams.get(payload.readUInt32BE(0) & 0x7fffffff)?.destroy();
        return;
      case PING:
        this.#sendControl(PING, payload.subarray(0, 4));
        return;
      case GOAWAY:
        this.end();
        return;
      default: // SETTINGS and windows mean nothing here
    }
  }

  async #accept(payload: Buffer, flags: number): Promise<void> {
    const id = payload.readUInt32BE(0) & 0x7fffffff;
    const headers = await this.#blocks.decode(payload.subarray(10));
    if (!this.#onStream || this.#streams.has(id)) throw new Error('a SPDY stream that was not asked for');
    const reply = await this.#blocks.encode({});
    this.#sendControl(SYN_REPLY, Buffer.concat([number(id), reply]));
    const stream = this.#add(id, headers);
    if (flags & FIN) stream.receiveEnd();
    this.#onStream(stream);
  }

  #data(id: number, payload: Buffer, flags: number): void {
    const stream = this.#streams.get(id);
    if (payload.length > 0 && stream?.receive(Buffer.from(payload)) === false) this.#socket.pause();
    if (flags & FIN) stream?.receiveEnd();
  }

  #sendControl(type: number, body: Buffer): void {
    if (!this.closed) this.#socket.write(Buffer.concat([number((0x80030000 | type) >>> 0), number(body.length), body]));
  }
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
