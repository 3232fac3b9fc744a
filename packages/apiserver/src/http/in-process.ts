/**
 * The pipeline for callers in the same process: no sockets, no TLS, the user is theirs to say. A watch may be answered with its
 * events as they are, objects shared: then the body yields arrays of them instead of bytes, and ends, breaks and holds back as any.
 */
import { Readable, type ReadableOptions } from 'node:stream';
import type { InProcessRequest, InProcessResponse } from '../options.ts';
import type { Pipeline } from '../request/pipeline.ts';
import type { RequestInfo } from '../request/info.ts';
import { type Target, Targets } from '../request/target.ts';
import {
  type ApiRequest,
  type ApiResponse,
  type Batch,
  type Chunks,
  type Headers,
  type Sink,
  type User,
  isStream,
  weightOf,
} from '../request/request.ts';

export function createInProcess(pipeline: Pipeline): (request: InProcessRequest) => Promise<InProcessResponse> {
  const targets = new Targets();
  const users = new WeakMap<User, User>();
  /** The same object for the same user, by which those who decide know it again. */
  const authenticated = (user: User): User => {
    const known = users.get(user) ?? withGroup(user);
    users.set(user, known);
    return known;
  };
  return async (given) => {
    const request = new CallersRequest(given, targets.of(given.method, given.path), authenticated(given.user));
    const response = await pipeline(request);
    const shared = isStream(response.body) && response.body.objects === true;
    const answer = { status: response.status, headers: response.headers };
    return { ...answer, body: bodyOf(response, given.signal, request), ...(shared && { objects: true }) };
  };
}

const withGroup = (user: User): User =>
  user.groups.includes('system:authenticated') ? user : { ...user, groups: [...user.groups, 'system:authenticated'] };

/** What few handlers ask for is made when they do. */
class CallersRequest implements ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly info: RequestInfo | undefined;
  readonly headers: Headers;
  readonly body: Buffer | undefined;
  readonly user: User;
  readonly objects: boolean;
  readonly #caller: AbortSignal | undefined;
  #gone: AbortController | undefined;
  #signal: AbortSignal | undefined;
  #aborted = false;

  constructor(given: InProcessRequest, { path, query, info }: Target, user: User) {
    const { method, headers = {}, body, signal, objects = false } = given;
    this.method = method;
    this.path = path;
    this.query = query;
    this.info = info;
    this.headers = headers;
    this.body = typeof body === 'string' ? Buffer.from(body) : body;
    this.user = user;
    this.objects = objects;
    this.#caller = signal;
  }

  headerValues(name: string): readonly string[] {
    const value = this.headers[name] ?? [];
    return typeof value === 'string' ? [value] : value;
  }

  get signal(): AbortSignal {
    if (!this.#signal) {
      this.#gone = new AbortController();
      if (this.#aborted) this.#gone.abort();
      const own = this.#gone.signal;
      this.#signal = this.#caller ? AbortSignal.any([this.#caller, own]) : own;
    }
    return this.#signal;
  }

  /** The caller has gone. */
  abort(): void {
    this.#aborted = true;
    this.#gone?.abort();
  }
}

function bodyOf({ body }: ApiResponse, signal: AbortSignal | undefined, request: CallersRequest): Readable {
  if (body === undefined) return Readable.from([]);
  if (!isStream(body)) return readableOf(Buffer.isBuffer(body) ? [body] : body);
  const sink = body.objects ? new ObjectSink(() => request.abort()) : new BytesSink(() => request.abort());
  if (signal?.aborted) sink.destroy();
  else {
    const abort = () => sink.destroy();
    signal?.addEventListener('abort', abort, { once: true });
    sink.onClose(() => signal?.removeEventListener('abort', abort));
  }
  body.stream(sink);
  return sink.readable;
}

function readableOf(chunks: Chunks): Readable {
  const iterator = chunks[Symbol.iterator]();
  return new Readable({
    read() {
      const { value, done } = iterator.next();
      this.push(done ? null : value);
    },
  });
}

abstract class ReadableSink implements Sink {
  readonly readable: Readable;
  #ended = false;
  #drained: (() => void)[] = [];

  constructor(onGone: () => void, options: ReadableOptions) {
    this.readable = new Readable({ ...options, read: () => this.#wake() });
    this.readable.once('close', () => {
      this.#ended = true;
      this.#wake();
      onGone();
    });
    this.readable.on('error', () => undefined);
  }

  get closed(): boolean {
    return this.#ended || this.readable.destroyed;
  }

  abstract readonly buffered: number;

  abstract write(batch: Batch): void;

  async drained(): Promise<void> {
    if (this.closed || this.readable.readableLength < this.readable.readableHighWaterMark) return;
    await new Promise<void>((resolve) => this.#drained.push(resolve));
  }

  end(): void {
    if (this.closed) return;
    this.#ended = true;
    this.readable.push(null);
  }

  destroy(): void {
    this.#ended = true;
    this.readable.destroy();
  }

  onClose(listener: () => void): void {
    this.readable.once('close', listener);
  }

  #wake(): void {
    for (const resolve of this.#drained.splice(0)) resolve();
  }
}

class BytesSink extends ReadableSink {
  constructor(onGone: () => void) {
    super(onGone, { highWaterMark: 1024 * 1024 });
  }

  get buffered(): number {
    return this.readable.readableLength;
  }

  write({ payload }: Batch): void {
    if (!this.closed) this.readable.push(payload);
  }
}

/** Yields the events of a batch as one array: a burst costs its reader one turn. */
class ObjectSink extends ReadableSink {
  #given = 0;

  constructor(onGone: () => void) {
    super(onGone, { objectMode: true, highWaterMark: 1 });
  }

  get buffered(): number {
    if (this.readable.readableLength === 0) this.#given = 0;
    return this.#given;
  }

  write({ frames, events }: Batch): void {
    if (this.closed) return;
    this.#given = this.buffered + frames.reduce((sum, frame) => sum + weightOf(frame), 0);
    this.readable.push(events);
  }
}
