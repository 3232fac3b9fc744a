/** A request that came over HTTP, as the pipeline takes it. What few handlers ask for is made when they do. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestInfo } from '../request/info.ts';
import type { ApiRequest, Headers, User } from '../request/request.ts';
import type { Target } from '../request/target.ts';

export interface Arrived {
  message: IncomingMessage;
  /** Whose connection closes when the client has gone. */
  raw: ServerResponse;
}

export class HttpRequest implements ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly info: RequestInfo | undefined;
  readonly headers: Headers;
  /** Set when it has been read, which comes after everything else. */
  body: Buffer | undefined = undefined;
  readonly user: User;
  readonly #raw: ServerResponse;
  #gone: AbortController | undefined;

  constructor({ message, raw }: Arrived, target: Target, user: User) {
    this.method = message.method ?? 'GET';
    this.path = target.path;
    this.query = target.query;
    this.info = target.info;
    this.headers = message.headers;
    this.user = user;
    this.#raw = raw;
  }

  headerValues(name: string): readonly string[] {
    return this.#raw.req.headersDistinct[name] ?? [];
  }

  get signal(): AbortSignal {
    if (!this.#gone) {
      const gone = new AbortController();
      this.#gone = gone;
      if (this.#raw.closed) gone.abort();
      else this.#raw.once('close', () => gone.abort());
    }
    return this.#gone.signal;
  }

  get remoteAddress(): string | undefined {
    return this.#raw.req.socket.remoteAddress;
  }
}
