/** Agreeing on a protocol over an upgraded connection: SPDY's own handshake, and SPDY inside a WebSocket. */
import type { Duplex } from 'node:stream';
import { StatusError } from '@mkube/apimachinery';
import type { ClientUpgrade } from './kubelet-pipe.ts';

export const TUNNEL = 'SPDY/3.1+portforward.k8s.io';

export const isSpdy = ({ message }: ClientUpgrade): boolean => message.headers.upgrade?.toLowerCase() === 'spdy/3.1';

export const offers = ({ message }: ClientUpgrade, protocol: string): boolean =>
  (message.headers['sec-websocket-protocol'] ?? '').split(',').some((name) => name.trim() === protocol);

/** 403, with a header that says what would have been taken. */
export class NoCommonProtocol extends StatusError {
  readonly accepted: readonly string[];

  constructor(accepted: readonly string[]) {
    const message = `unable to upgrade: no common protocol; accepted are ${accepted.join(', ')}`;
    super({ reason: 'Forbidden', code: 403, message });
    this.accepted = accepted;
  }
}

/** Answers 101 with the first of `spoken` that the client offers. */
export function acceptSpdy({ socket, head, message }: ClientUpgrade, spoken: readonly string[]): Duplex {
  const header = message.headers['x-stream-protocol-version'];
  const offered = (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',').map((name) => name.trim());
  const chosen = spoken.find((name) => offered.includes(name));
  if (!chosen) throw new NoCommonProtocol(spoken);
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    'Connection: Upgrade',
    'Upgrade: SPDY/3.1',
    `X-Stream-Protocol-Version: ${chosen}`,
  ];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  if (head.length > 0) socket.unshift(head);
  return socket;
}

/** The bytes inside a WebSocket's binary messages as one stream. */
export async function acceptTunnel({ socket, head, message }: ClientUpgrade): Promise<Duplex> {
  const { WebSocketServer, createWebSocketStream } = await import('ws');
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false, handleProtocols: () => TUNNEL });
  return new Promise((resolve) =>
    server.handleUpgrade(message, socket, head, (opened) => resolve(createWebSocketStream(opened))),
  );
}
