/**
 * An endless response on a socket: batches are written to the socket itself, as ready-made HTTP chunks, past Node's
 * per-write bookkeeping. The response's head has been sent by the caller.
 */
import type { ServerResponse } from 'node:http';
import type { Batch, Sink } from '../request/request.ts';

export class SocketSink implements Sink {
  readonly #response: ServerResponse;
  #ended = false;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.on('error', () => this.destroy());
  }

  get closed(): boolean {
    return this.#ended || this.#response.destroyed || this.#response.socket === null;
  }

  get buffered(): number {
    return this.#response.socket?.writableLength ?? 0;
  }

  write(batch: Batch): void {
    if (!this.closed) this.#response.socket?.write(batch.chunked);
  }

  async drained(): Promise<void> {
    const { socket } = this.#response;
    if (!socket || this.closed || !socket.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        socket.off('drain', done).off('close', done);
        resolve();
      };
      socket.once('drain', done).once('close', done);
    });
  }

  end(): void {
    if (this.closed) return;
    this.#ended = true;
    this.#response.end();
  }

  destroy(): void {
    this.#ended = true;
    this.#response.destroy();
  }

  onClose(listener: () => void): void {
    this.#response.once('close', listener);
  }
}
