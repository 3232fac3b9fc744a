/**
 * The one way to the API: HTTPS (undici pool) for everybody outside, in-process for components inside the server, where
 * the same request enters behind authentication with its identity and meets RBAC and admission as ever.
 * A transport moves bytes: it knows nothing of kinds, retries or errors.
 */
import type { Duplex, Readable } from 'node:stream';

export interface TransportRequest {
  method: string;
  /** Path with query: '/api/v1/pods?limit=500'. */
  path: string;
  /** Lower-case names. */
  headers?: Record<string, string>;
  body?: Buffer | string;
  signal?: AbortSignal;
}

export interface TransportResponse {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  /** The bytes as they come; a watch's never end by themselves. */
  body: Readable;
}

export interface Transport {
  request(request: TransportRequest): Promise<TransportResponse>;
  /** A WebSocket to a streaming subresource (exec, attach, port-forward, logs); throws StatusError when refused. */
  webSocket?(request: { path: string; protocols: string[]; signal?: AbortSignal }): Promise<WebSocketLike>;
  close(): Promise<void>;
}

/** What `ws` gives, and all that we use of it. */
export interface WebSocketLike {
  readonly protocol: string;
  send(data: Buffer | string): void;
  close(code?: number): void;
  on(event: 'message', listener: (data: Buffer, isBinary: boolean) => void): unknown;
  on(event: 'close', listener: (code: number, reason: Buffer) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  duplex?(): Duplex;
}
