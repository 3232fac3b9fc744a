/**
 * Endless answers over a WebSocket: a log as binary messages, a watch as one event per text message. What an ordinary request
 * would be refused, this is refused before the protocol changes.
 */
import type { WebSocket } from 'ws';
import type { ApiResponse, Batch, Sink } from '../request/request.ts';
import { isStream } from '../request/request.ts';
import type { ClientUpgrade } from './kubelet-pipe.ts';

type Form = 'binary' | 'base64' | 'lines';

const PROTOCOLS = ['binary.k8s.io', 'base64.binary.k8s.io'];

export async function answerOverWebSocket(
  { socket, head, message }: ClientUpgrade,
  response: ApiResponse,
  lines: boolean,
): Promise<void> {
  const { WebSocketServer } = await import('ws');
  const offered = (message.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  const protocol = PROTOCOLS.find((name) => offered.includes(name));
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    handleProtocols: () => protocol ?? false,
  });
  server.handleUpgrade(message, socket, head, (opened) => {
    const form: Form = protocol === 'base64.binary.k8s.io' ? 'base64' : lines ? 'lines' : 'binary';
    const sink = new WebSocketSink(opened, form);
    const { body } = response;
    if (isStream(body)) return body.stream(sink);
    if (Buffer.isBuffer(body)) sink.send(body);
    sink.end();
  });
}

class WebSocketSink implements Sink {
  readonly #socket: WebSocket;
  readonly #form: Form;
  #ended = false;

  constructor(socket: WebSocket, form: Form) {
    this.#socket = socket;
    this.#form = form;
    socket.on('error', () => socket.terminate());
  }

  get closed(): boolean {
    return this.#ended || this.#socket.readyState !== this.#socket.OPEN;
  }

  get buffered(): number {
    return this.#socket.bufferedAmount;
  }

  write({ payload }: Batch): void {
    if (!this.closed) this.send(payload);
  }

  send(payload: Buffer): void {
    if (this.#form === 'binary') return this.#socket.send(payload);
    if (this.#form === 'base64') return this.#socket.send(payload.toString('base64'));
    for (let at = 0; at < payload.length;) {
      const newline = payload.indexOf(10, at);
      const end = newline < 0 ? payload.length : newline;
      if (end > at) this.#socket.send(payload.toString('utf8', at, end));
      at = end + 1;
    }
  }

  async drained(): Promise<void> {
    if (this.closed || this.buffered < HIGH) return;
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        if (!this.closed && this.buffered >= HIGH) return;
        clearInterval(timer);
        resolve();
      }, 20);
    });
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#socket.close(1000);
  }

  destroy(): void {
    this.#ended = true;
    this.#socket.terminate();
  }

  onClose(listener: () => void): void {
    this.#socket.once('close', listener);
  }
}

const HIGH = 1024 * 1024;
