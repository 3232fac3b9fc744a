/** Whether a TCP port accepts a connection. */
import net from 'node:net';
import { dialFailure } from './dial-failure.ts';
import type { Answer } from './answer.ts';

export function connectOnce({
  host,
  port,
  timeoutMs,
}: {
  host: string;
  port: number;
  timeoutMs: number;
}): Promise<Answer> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port });
    const finish = (ok: boolean, output: string): void => {
      socket.destroy();
      resolve({ ok, output });
    };
    socket.setTimeout(timeoutMs, () => finish(false, `dial tcp ${host}:${port}: i/o timeout`));
    socket.once('connect', () => finish(true, ''));
    socket.once('error', (error) => finish(false, dialFailure(Object.assign(error, { address: host, port }))));
  });
}
