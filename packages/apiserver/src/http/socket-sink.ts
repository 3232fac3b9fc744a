/**
 * An endless response on a socket: batches are written to the socket itself, as ready-made HTTP chunks, past Node's
 * per-write bookkeeping. The response's head has been sent by the caller.
 */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Batch, Sink } from '../request/request.ts';

export class SocketSink implements Sink {
  readonly #response: ServerResponse;
  /** Kept here: a round over many watchers costs what it looks at, as none of it is in the processor's caches any more. */
  readonly #socket: Socket | null;
  #closed: boolean;

  constructor(response: ServerResponse) {
    this.#response = response;
    this.#socket = response.socket;
    this.#closed = response.destroyed || response.socket === null;
    response.once('close', () => (this.#closed = true));
    response.on('error', () => this.destroy());
  }

  get closed(): boolean {
    return this.#closed;
  }

  get buffered(): number {
    return this.#socket?.writableLength ?? 0;
  }

  write(batch: Batch): void {
    if (!this.#closed) this.#socket?.write(batch.chunked);
  }

  async drained(): Promise<void> {
    const socket = this.#socket;
    if (!socket || this.#closed || !socket.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        socket.off('drain', done).off('close', done);
        resolve();
      };
      socket.once('drain', done).once('close', done);
    });
  }

  end(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#response.end();
  }

  destroy(): void {
    this.#closed = true;
    this.#response.destroy();
  }

  onClose(listener: () => void): void {
    this.#response.once('close', listener);
  }
}
