/** The pipeline for callers in the same process: no sockets, no TLS, the user is theirs to say. */
import { Readable } from 'node:stream';
import type { InProcessRequest, InProcessResponse } from '../options.ts';
import type { Pipeline } from '../request/pipeline.ts';
import { type Batch, type ApiResponse, type Sink, isStream } from '../request/request.ts';

export async function handleInProcess(pipeline: Pipeline, request: InProcessRequest): Promise<InProcessResponse> {
  const { method, path: url, headers = {}, body, user } = request;
  const question = url.indexOf('?');
  const gone = new AbortController();
  const response = await pipeline({
    method,
    path: question < 0 ? url : url.slice(0, question),
    query: new URLSearchParams(question < 0 ? '' : url.slice(question + 1)),
    headers,
    body: typeof body === 'string' ? Buffer.from(body) : body,
    user: {
      ...user,
      groups: user.groups.includes('system:authenticated') ? user.groups : [...user.groups, 'system:authenticated'],
    },
    signal: request.signal ? AbortSignal.any([request.signal, gone.signal]) : gone.signal,
  });
  return { status: response.status, headers: response.headers, body: bodyOf(response, request.signal, gone) };
}

function bodyOf({ body }: ApiResponse, signal: AbortSignal | undefined, gone: AbortController): Readable {
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
