/** One connection to a port inside a network namespace, loopback included; or on the node itself. */
import net from 'node:net';
import type { Exec } from './exec.ts';
import { RuntimeError } from './runtime.ts';

export interface Forwarding {
  port: number;
  stream: NodeJS.ReadWriteStream;
  /** Put before an argv it runs that in the namespace; undefined: this process's own. */
  enter: readonly string[] | undefined;
}

export async function forwardPort(exec: Exec, { port, stream, enter }: Forwarding): Promise<void> {
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw new RuntimeError('CannotRun', `bad port ${port}`);
  if (!enter) return forwardHere('127.0.0.1', port, stream);
  await new Promise<void>((resolve, reject) => {
    const child = exec.start([...enter, 'socat', '-', `TCP:localhost:${port}`], { stdio: ['pipe', 'pipe', 'pipe'] });
    let message = '';
    child.stderr?.on('data', (chunk: Buffer) => (message += chunk.toString()));
    child.stdin?.on('error', () => undefined); // the other end closed
    if (child.stdin) stream.pipe(child.stdin);
    child.stdout?.pipe(stream);
    onClosed(stream, () => child.kill('SIGTERM'));
    child.on('error', (cause) =>
      reject(new RuntimeError('Unavailable', `port-forward needs socat: ${cause.message}`, { cause })),
    );
    child.on('close', (code) => {
      if (code === 0 || code === null || code > 128) resolve();
      else reject(new RuntimeError('Unavailable', `cannot connect to port ${port}: ${lastLine(message)}`));
    });
  });
}

export function forwardHere(host: string, port: number, stream: NodeJS.ReadWriteStream): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ port, host }, () => stream.pipe(socket).pipe(stream));
    socket.on('error', (cause) =>
      reject(new RuntimeError('Unavailable', `cannot connect to port ${port}: ${cause.message}`, { cause })),
    );
    socket.on('close', () => resolve());
    onClosed(stream, () => socket.destroy());
  });
}

/** Also where it closed before anybody listened, while what leads to the port was looked for. */
export function onClosed(stream: NodeJS.ReadWriteStream, act: () => void): void {
  if ('closed' in stream && stream.closed) act();
  else stream.on('close', act);
}

const lastLine = (text: string): string =>
  text
    .trim()
    .split('\n')
    .at(-1)
    ?.replace(/^.* E /, '') ?? '';
