/**
 * What goes in and comes out of the one path through the server, the same for HTTPS and for calls in process.
 * Handlers see nothing of Fastify or sockets: they return a response, or take a sink for what does not end by itself.
 */
import type { Duplex } from 'node:stream';
import type { RequestInfo } from './info.ts';

export interface User {
  username: string;
  groups: readonly string[];
  uid?: string;
  extra?: Readonly<Record<string, readonly string[]>>;
}

export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface ApiRequest {
  method: string;
  /** Path without the query, still percent-encoded. */
  path: string;
  query: URLSearchParams;
  /** What method, path and query ask, where that has been read already. */
  info?: RequestInfo | undefined;
  /** Lower-case names. */
  headers: Headers;
  /** The values of a header that may come several times, each as it came. */
  headerValues(name: string): readonly string[];
  body: Buffer | undefined;
  user: User;
  /** Aborted when the client has gone or the server stops. */
  signal: AbortSignal;
  remoteAddress?: string;
  /** In process: the caller takes the events of a watch as they are, instead of their bytes. */
  objects?: boolean;
}

/** An object as this process shares it: read-only, made again out of its bytes where it was given up meanwhile. */
export interface SharedObject {
  readonly namespace: string;
  readonly name: string;
  readonly resourceVersion: string;
  read(): object;
}

/** An event of a watch that never becomes bytes. */
export interface SharedEvent {
  type: string;
  object: SharedObject;
}

/** What a watcher is told at a time. All frames of a watch are of one kind. */
export type Frame = Buffer | SharedEvent;

const isBytes = (frame: Frame): frame is Buffer => Buffer.isBuffer(frame);
const isShared = (frame: Frame): frame is SharedEvent => !Buffer.isBuffer(frame);

/** What a shared event counts as: nearly nothing, but a reader that sleeps must not hold on to all there ever was. */
const SHARED_WEIGHT = 1024;

/** Bytes that a frame keeps in memory until it is taken. */
export const weightOf = (frame: Frame): number => (isBytes(frame) ? frame.length : SHARED_WEIGHT);

/** Many frames written as one: the same batch goes to every watcher, so what it is made into is made once. */
export class Batch {
  readonly frames: readonly Frame[];
  #payload: Buffer | undefined;
  #chunked: Buffer | undefined;

  constructor(frames: readonly Frame[]) {
    this.frames = frames;
  }

  get payload(): Buffer {
    const [first] = this.frames;
    if (this.frames.length === 1 && first && isBytes(first)) return first;
    return (this.#payload ??= Buffer.concat(this.#buffers()));
  }

  get events(): SharedEvent[] {
    return this.frames.filter(isShared);
  }

  /** The payload as one chunk of HTTP's chunked encoding. */
  get chunked(): Buffer {
    return (this.#chunked ??= chunkOf(this.#buffers()));
  }

  #buffers(): Buffer[] {
    return this.frames.filter(isBytes);
  }
}

function chunkOf(buffers: readonly Buffer[]): Buffer {
  let length = 0;
  for (const buffer of buffers) length += buffer.length;
  return Buffer.concat([Buffer.from(`${length.toString(16)}\r\n`, 'latin1'), ...buffers, CRLF]);
}

const CRLF = Buffer.from('\r\n', 'latin1');

/** Where an endless response is written to. */
export interface Sink {
  write(batch: Batch): void;
  /** Bytes written and not yet taken by the client. */
  readonly buffered: number;
  readonly closed: boolean;
  /** Resolves when the client has taken most of what was written, or has gone. */
  drained(): Promise<void>;
  end(): void;
  /** Cuts the client off. */
  destroy(): void;
  /** Called once, when the client has gone, or after end or destroy. */
  onClose(listener: () => void): void;
}

/** `objects`: what is written to the sink are events, not bytes. */
export interface StreamBody {
  stream(sink: Sink): void;
  objects?: boolean;
}

/** An iterator's `next(true)` gives the last chunk back: it may be the next one too, filled anew. */
export type Chunks = Iterable<Buffer, void, unknown>;

export type ResponseBody = Buffer | Chunks | StreamBody | undefined;

export interface ApiResponse {
  status: number;
  headers: Record<string, string | string[]>;
  body: ResponseBody;
}

export const isStream = (body: ResponseBody): body is StreamBody => typeof body === 'object' && 'stream' in body;

/** The same request, asked by somebody else. */
export const askedBy = (user: User, request: ApiRequest): ApiRequest => ({
  ...request,
  signal: request.signal,
  headerValues: (name) => request.headerValues(name),
  user,
});

export const header = (headers: Headers, name: string): string | undefined => {
  const value = headers[name];
  return typeof value === 'string' ? value : value?.join(', ');
};

/** A connection that a client asked to turn into another protocol. */
export interface Upgrade {
  socket: Duplex;
  head: Buffer;
}
