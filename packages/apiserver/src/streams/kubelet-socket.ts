/** A WebSocket of channels to a kubelet: each message begins with the number of its channel. */
import type { WebSocket } from 'ws';
import type { KubeletAddress } from '../kubelet/kubelet-address.ts';
import { unreachable } from '../kubelet/kubelet-client.ts';
import { errorOf } from '../kubelet/pass-on.ts';

export interface KubeletSocketOptions {
  tls: { cert: string; key: string; ca: string };
  address: KubeletAddress;
  path: string;
  protocol: 'v4.channel.k8s.io' | 'v5.channel.k8s.io';
}

/** Open; throws what the kubelet refused it with. */
export async function openKubeletSocket({ tls, address, path, protocol }: KubeletSocketOptions): Promise<WebSocket> {
  const { WebSocket: Socket } = await import('ws');
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  const socket = new Socket(`wss://${host}:${address.port}${path}`, [protocol], { ...tls, perMessageDeflate: false });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once(
      'unexpected-response',
      (_request, response) => void errorOf(response, response.statusCode ?? 502).then(reject, reject),
    );
    socket.once('error', (error) => reject(unreachable(address, error)));
  });
  socket.on('error', () => socket.terminate());
  return socket;
}

/** Names, in a message of its own, a channel that nothing more is sent on (v5). */
const CLOSE = 255;

export const endChannel = (socket: WebSocket, channel: number): void => sendOn(socket, CLOSE, Buffer.from([channel]));

export const sendOn = (socket: WebSocket, channel: number, payload: Buffer): void => {
  if (socket.readyState === socket.OPEN) socket.send(Buffer.concat([Buffer.from([channel]), payload]));
};
