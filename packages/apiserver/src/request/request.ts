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
  body: Buffer | undefined;
  user: User;
  /** Aborted when the client has gone or the server stops. */
  signal: AbortSignal;
  remoteAddress?: string;
}

/** Many buffers written as one: the same batch goes to every watcher, so its HTTP chunk is made once. */
export class Batch {
  readonly payload: Buffer;
  #chunked: Buffer | undefined;

  constructor(payload: Buffer) {
    this.payload = payload;
  }

  /** The payload as one chunk of HTTP's chunked encoding. */
  get chunked(): Buffer {
    return (this.#chunked ??= Buffer.concat([
      Buffer.from(`${this.payload.length.toString(16)}\r\n`, 'latin1'),
      this.payload,
      Buffer.from('\r\n', 'latin1'),
    ]));
  }
}

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

export type ResponseBody = Buffer | Iterable<Buffer> | { stream(sink: Sink): void } | undefined;

export interface ApiResponse {
  status: number;
  headers: Record<string, string | string[]>;
  body: ResponseBody;
}

export const isStream = (body: ResponseBody): body is { stream(sink: Sink): void } =>
  typeof body === 'object' && 'stream' in body;

export const header = (headers: Headers, name: string): string | undefined => {
  const value = headers[name];
  return typeof value === 'string' ? value : value?.join(', ');
};

/** A connection that a client asked to turn into another protocol. */
export interface Upgrade {
  socket: Duplex;
  head: Buffer;
}
