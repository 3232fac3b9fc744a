/**
 * The one way to the API: HTTPS for everybody outside, in-process for components inside the server, where
 * the same request enters behind authentication with its identity and meets RBAC and admission as ever.
 * A transport moves bytes: it knows nothing of kinds, retries or errors of the API.
 */
import type { Readable } from 'node:stream';

export interface TransportRequest {
  method: string;
  /** Path with query: '/api/v1/pods?limit=500'. */
  path: string;
  /** Lower-case names. */
  headers?: Record<string, string>;
  body?: Buffer | string;
  signal?: AbortSignal;
  /** The answer may never end (watch, logs -f): it gets a connection of its own and no time limit. */
  stream?: boolean;
  /** The events of a watch may come as SharedEvents, where the server is in this process; else they come as bytes. */
  objects?: boolean;
}

/** An object that lives elsewhere in this process: read-only, made again whenever it was given up meanwhile. */
export interface Held<T = unknown> {
  readonly namespace: string;
  readonly name: string;
  readonly resourceVersion: string;
  read(): T;
}

export interface SharedEvent {
  type: string;
  object: Held;
}

export interface TransportResponse {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  /** The bytes as they come; a watch's never end by themselves. With `objects`: arrays of SharedEvents. */
  body: Readable;
  objects?: boolean;
}

export interface WebSocketRequest {
  path: string;
  protocols: string[];
  signal?: AbortSignal;
}

export interface Transport {
  request(request: TransportRequest): Promise<TransportResponse>;
  /** A WebSocket to a streaming subresource (exec, attach, port-forward, logs); throws StatusError when refused. */
  webSocket?(request: WebSocketRequest): Promise<WebSocketLike>;
  close(): Promise<void>;
}

/** What `ws` gives, and all that we use of it. */
export interface WebSocketLike {
  readonly protocol: string;
  /** Bytes handed to `send` that have not left yet: what senders hold back on. */
  readonly bufferedAmount: number;
  send(data: Buffer | string): void;
  close(code?: number): void;
  on(event: 'message', listener: (data: Buffer, isBinary: boolean) => void): unknown;
  on(event: 'close', listener: (code: number, reason: Buffer) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** The API could not be reached, or the connection broke: no answer of the API. `code` is Node's (ECONNREFUSED, …). */
export class ConnectionError extends Error {
  readonly code: string;
  readonly server: string;
  constructor(server: string, cause: unknown) {
    const { code, message } = detailOf(cause);
    super(`cannot reach ${server}: ${message}`, { cause });
    this.name = 'ConnectionError';
    this.code = code;
    this.server = server;
  }
}

function detailOf(cause: unknown): { code: string; message: string } {
  if (cause instanceof AggregateError && cause.errors.length > 0) return detailOf(cause.errors[0]);
  if (!(cause instanceof Error)) return { code: '', message: String(cause) };
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  return { code, message: cause.message || code };
}
