/**
 * The streaming half of the kubelet's API: exec, attach and portForward. Everything that can be refused is refused with an
 * ordinary HTTP answer, before the protocol changes.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { currentSandbox } from '../pods/observed.ts';
import { openChannels } from './channel-socket.ts';
import { chooseProtocol, type StreamProtocol } from './channels.ts';
import type { ServerDeps } from './deps.ts';
import { findPod, findRunning } from './find-container.ts';
import { HttpError } from './http-error.ts';
import { forwardPorts, forwardPortsOf } from './port-forward.ts';
import { commandRequestOf, runCommand } from './remote-command.ts';

type Serve = (socket: WebSocket, protocol: StreamProtocol) => Promise<void>;

const MOST_MESSAGE_BYTES = 16 * 1024 * 1024;

export interface Upgrades {
  answer(message: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): void;
}

export function createUpgrades(deps: ServerDeps, authorize: (message: IncomingMessage) => Promise<void>): Upgrades {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MOST_MESSAGE_BYTES,
    perMessageDeflate: false,
    handleProtocols: (offered) => chooseProtocol([...offered])?.name || false,
  });
  const accept = async (message: IncomingMessage): Promise<{ serve: Serve; protocol: StreamProtocol }> => {
    await authorize(message);
    const serve = routeOf(message, deps);
    const header = message.headers['sec-websocket-protocol'] ?? '';
    const offered = header.split(',').map((name) => name.trim());
    const protocol = chooseProtocol(offered.filter(Boolean));
    if (!protocol) throw new HttpError(403, `none of the offered protocols is supported: ${header}`);
    return { serve, protocol };
  };
  return {
    answer(message, socket, head) {
      accept(message).then(
        ({ serve, protocol }) =>
          sockets.handleUpgrade(message, socket, head, (opened) => {
            serve(opened, protocol).catch((err: unknown) => {
              deps.log.info({ err }, 'a stream failed');
              opened.terminate();
            });
          }),
        (error: unknown) => refuse(socket, error),
      );
    },
    close() {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
    },
  };
}

function routeOf(message: IncomingMessage, { pods, runtime }: ServerDeps): Serve {
  const { pathname, searchParams } = new URL(message.url ?? '/', 'https://kubelet');
  const [, verb = '', namespace = '', pod = '', ...rest] = pathname.split('/').map(decodeURIComponent);
  const container = rest.at(-1) ?? '';
  if (verb === 'exec' || verb === 'attach') {
    const request = commandRequestOf(searchParams, verb === 'exec');
    const found = findRunning(pods, { namespace, pod, container });
    const tty = verb === 'attach' ? found.tty : request.tty;
    return (socket, protocol) =>
      runCommand(
        { ...request, tty, containerId: found.id },
        { runtime, channels: openChannels(socket, protocol), protocol },
      );
  }
  if (verb === 'portForward') {
    const ports = forwardPortsOf(searchParams);
    const sandbox = currentSandbox(findPod(pods, { namespace, pod }).state.observed);
    if (!sandbox) throw new HttpError(400, `pod "${pod}" is not running`);
    return (socket, protocol) =>
      forwardPorts(ports, { runtime, sandboxId: sandbox.id, channels: openChannels(socket, protocol) });
  }
  throw new HttpError(404, '404 page not found');
}

const REASONS: Record<number, string> = { 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found' };

function refuse(socket: Duplex, error: unknown): void {
  const known = error instanceof HttpError ? error : new HttpError(500, 'internal error');
  const body = Buffer.from(known.message);
  const head = [
    `HTTP/1.1 ${known.statusCode} ${REASONS[known.statusCode] ?? 'Internal Server Error'}`,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${body.length}`,
    'Connection: close',
  ];
  socket.end(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]));
}
