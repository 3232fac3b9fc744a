/**
 * UDP in user space: each client gets a socket of its own towards the target, so that the answers find their way back, for as long as
 * either speaks. Who comes when all places are taken takes the place of whoever has been silent longest.
 */
import { type Socket, createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Relay, Route } from './relay.ts';

/** As the kernel's own connection tracking lets a UDP stream go. */
const SILENT_MS = 120_000;
const MOST_CLIENTS = 1024;

export function relayDatagrams({ address, target, port }: Route, onFailure: () => void): Promise<Relay> {
  return new Promise((resolve) => {
    const listener = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    const clients = new Clients({ target, port }, (answer, to) => listener.send(answer, to.port, to.address));
    let isOpen = true;
    const relay = {
      close(): void {
        if (isOpen) listener.close();
        isOpen = false;
        clients.close();
      },
    };
    listener.on('message', (message, from) => clients.pass(message, from));
    listener.on('error', () => {
      onFailure();
      relay.close();
      resolve(relay);
    });
    listener.bind({ address, port, exclusive: true }, () => resolve(relay));
  });
}

interface Peer {
  address: string;
  port: number;
}

interface Client {
  socket: Socket;
  timer: NodeJS.Timeout;
}

class Clients {
  readonly #to: { target: string; port: number };
  readonly #answer: (answer: Buffer, to: Peer) => void;
  /** Whoever spoke last comes last. */
  readonly #clients = new Map<string, Client>();

  constructor(to: { target: string; port: number }, answer: (answer: Buffer, to: Peer) => void) {
    this.#to = to;
    this.#answer = answer;
  }

  pass(message: Buffer, from: Peer): void {
    const key = `${from.address} ${from.port}`;
    const client = this.#clients.get(key) ?? this.#open(key, from);
    this.#clients.delete(key);
    this.#clients.set(key, client);
    client.timer.refresh();
    client.socket.send(message, this.#to.port, this.#to.target);
  }

  close(): void {
    for (const key of this.#clients.keys()) this.#forget(key);
  }

  #open(key: string, from: Peer): Client {
    const [silent] = this.#clients.keys();
    if (silent !== undefined && this.#clients.size >= MOST_CLIENTS) this.#forget(silent);
    const socket = createSocket(isIPv6(this.#to.target) ? 'udp6' : 'udp4');
    const timer = setTimeout(() => this.#forget(key), SILENT_MS).unref();
    socket.on('message', (answer, { address }) => {
      if (address !== this.#to.target) return;
      timer.refresh();
      this.#answer(answer, from);
    });
    socket.on('error', () => this.#forget(key));
    return { socket, timer };
  }

  #forget(key: string): void {
    const client = this.#clients.get(key);
    if (!client) return;
    this.#clients.delete(key);
    clearTimeout(client.timer);
    client.socket.close();
  }
}
