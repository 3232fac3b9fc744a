/**
 * The pipeline for callers in the same process: no sockets, no TLS, the user is theirs to say. A watch may be answered with its
 * events as they are, objects shared: then the body yields arrays of them instead of bytes, and ends, breaks and holds back as any.
 */
import { Readable, type ReadableOptions } from 'node:stream';
import type { InProcessRequest, InProcessResponse } from '../options.ts';
import type { Pipeline } from '../request/pipeline.ts';
import { Targets } from '../request/target.ts';
import { type Batch, type ApiResponse, type Chunks, type Sink, isStream, weightOf } from '../request/request.ts';

type User = InProcessRequest['user'];

export function createInProcess(pipeline: Pipeline): (request: InProcessRequest) => Promise<InProcessResponse> {
  const targets = new Targets();
  const users = new WeakMap<User, User>();
  /** The same object for the same user, by which those who decide know it again. */
  const authenticated = (user: User): User => {
    const known = users.get(user) ?? withGroup(user);
    users.set(user, known);
    return known;
  };
  return async (request) => {
    const { method, path: url, headers = {}, body, user, objects = false } = request;
    const { path, query, info } = targets.of(method, url);
    const gone = new Gone(request.signal);
    const response = await pipeline({
      method,
      path,
      query,
      info,
      headers,
      body: typeof body === 'string' ? Buffer.from(body) : body,
      objects,
      user: authenticated(user),
      get signal() {
        return gone.signal;
      },
    });
    const shared = isStream(response.body) && response.body.objects === true;
    const answer = { status: response.status, headers: response.headers };
    return { ...answer, body: bodyOf(response, request.signal, gone), ...(shared && { objects: true }) };
  };
}

const withGroup = (user: User): User =>
  user.groups.includes('system:authenticated') ? user : { ...user, groups: [...user.groups, 'system:authenticated'] };

/** Whether the caller has gone: made for the few who ask. */
class Gone {
  readonly #caller: AbortSignal | undefined;
  #controller: AbortController | undefined;
  #signal: AbortSignal | undefined;
  #aborted = false;

  constructor(caller: AbortSignal | undefined) {
    this.#caller = caller;
  }

  get signal(): AbortSignal {
    if (!this.#signal) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort();
      const own = this.#controller.signal;
      this.#signal = this.#caller ? AbortSignal.any([this.#caller, own]) : own;
    }
    return this.#signal;
  }

  abort(): void {
    this.#aborted = true;
    this.#controller?.abort();
  }
}

function bodyOf({ body }: ApiResponse, signal: AbortSignal | undefined, gone: Gone): Readable {
  if (body === undefined) return Readable.from([]);
  if (!isStream(body)) return readableOf(Buffer.isBuffer(body) ? [body] : body);
  const sink = body.objects ? new ObjectSink(() => gone.abort()) : new BytesSink(() => gone.abort());
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
