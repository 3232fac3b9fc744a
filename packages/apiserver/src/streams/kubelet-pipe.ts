/**
 * A client's upgraded connection joined to the kubelet's: the same protocol on both sides, bytes passed as they are once the
 * kubelet has agreed. What the kubelet refuses, the client is refused.
 */
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { KubeletAddress } from '../kubelet/kubelet-address.ts';
import { type KubeletClient, unreachable } from '../kubelet/kubelet-client.ts';
import { errorOf } from '../kubelet/pass-on.ts';

export interface ClientUpgrade {
  socket: Duplex;
  head: Buffer;
  message: IncomingMessage;
}

/** Headers that make the handshake; everything else (cookies, tokens) stays here. */
const HANDSHAKE = [
  'connection',
  'upgrade',
  'sec-websocket-key',
  'sec-websocket-version',
  'sec-websocket-protocol',
  'x-stream-protocol-version',
];

export async function pipeToKubelet(
  { socket, head, message }: ClientUpgrade,
  kubelets: KubeletClient,
  to: { address: KubeletAddress; path: string },
): Promise<void> {
  const headers: Record<string, string> = {};
  for (const name of HANDSHAKE) {
    const value = message.headers[name];
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  const sent = kubelets.upgrade({ ...to, method: message.method ?? 'GET', headers });
  await joinUpgrade({ socket, head, message }, sent, to.address);
}

/** Waits for the other side's word on the upgrade, then joins both connections. */
export async function joinUpgrade(
  { socket, head }: ClientUpgrade,
  sent: ClientRequest,
  address: KubeletAddress,
): Promise<void> {
  socket.once('close', () => sent.destroy());
  const { answer, upstream, first } = await new Promise<{ answer: IncomingMessage; upstream: Duplex; first: Buffer }>(
    (resolve, reject) => {
      sent.once('upgrade', (response, stream, bytes) => resolve({ answer: response, upstream: stream, first: bytes }));
      sent.once('response', (response) => void errorOf(response, response.statusCode ?? 502).then(reject, reject));
      sent.once('error', (error) => reject(unreachable(address, error)));
    },
  );
  const lines = ['HTTP/1.1 101 Switching Protocols'];
  for (let i = 0; i < answer.rawHeaders.length; i += 2)
    lines.push(`${answer.rawHeaders[i]}: ${answer.rawHeaders[i + 1]}`);
  socket.write(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), first]));
  if (head.length > 0) upstream.write(head);
  join(socket, upstream);
}

/** Ends and faults of either side reach the other. */
function join(a: Duplex, b: Duplex): void {
  a.pipe(b);
  b.pipe(a);
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    one.once('close', () => other.destroy());
    one.on('error', () => other.destroy());
  }
}
