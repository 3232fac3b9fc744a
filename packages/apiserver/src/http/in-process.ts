/** The pipeline for callers in the same process: no sockets, no TLS, the user is theirs to say. */
import { Readable } from 'node:stream';
import type { InProcessRequest, InProcessResponse } from '../options.ts';
import type { Pipeline } from '../request/pipeline.ts';
import { Targets } from '../request/target.ts';
import { type Batch, type ApiResponse, type Sink, isStream } from '../request/request.ts';

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
    const { method, path: url, headers = {}, body, user } = request;
    const { path, query, info } = targets.of(method, url);
    const gone = new Gone(request.signal);
    const response = await pipeline({
      method,
      path,
      query,
      info,
      headers,
      body: typeof body === 'string' ? Buffer.from(body) : body,
      user: authenticated(user),
      get signal() {
        return gone.signal;
      },
    });
    return { status: response.status, headers: response.headers, body: bodyOf(response, request.signal, gone) };
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
  const sink = new ReadableSink(() => gone.abort());
  if (signal?.aborted) sink.destroy();
  else {
    const abort = () => sink.destroy();
    signal?.addEventListener('abort', abort, { once: true });
    sink.onClose(() => signal?.removeEventListener('abort', abort));
  }
  body.stream(sink);
  return sink.readable;
}

function readableOf(chunks: Iterable<Buffer>): Readable {
  const iterator = chunks[Symbol.iterator]();
  return new Readable({
    read() {
      const { value, done } = iterator.next();
      this.push(done ? null : value);
    },
  });
}

class ReadableSink implements Sink {
  readonly readable: Readable;
  #ended = false;
  #drained: (() => void)[] = [];

  constructor(onGone: () => void) {
    this.readable = new Readable({ read: () => this.#wake(), highWaterMark: 1024 * 1024 });
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

  get buffered(): number {
    return this.readable.readableLength;
  }

  write(batch: Batch): void {
    if (!this.closed) this.readable.push(batch.payload);
  }

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
