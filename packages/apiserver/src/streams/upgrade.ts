/**
 * Requests that ask for another protocol (exec, attach, port-forward): authenticated and authorized as any other, then
 * given with their connection to the subresource that they name. A refusal is an ordinary HTTP response with a Status.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { BadRequest, StatusError, notFound } from '@mkube/apimachinery';
import type { ResourceContext, ServerContext } from '../context.ts';
import type { Authenticate } from '../auth/authenticate.ts';
import { impersonated } from '../auth/impersonation.ts';
import { authorize } from '../request/authorize.ts';
import { failureResponse, isFault } from '../request/failure.ts';
import { type Seen, beginAudit, note, placed } from '../request/pipeline.ts';
import { parseRequestInfo } from '../request/info.ts';
import { type ApiRequest, type ApiResponse, type User, askedBy } from '../request/request.ts';
import { readTarget } from '../request/target.ts';
import { Warnings } from '../request/warnings.ts';
import { watch } from '../handlers/watch.ts';
import { NoCommonProtocol } from './handshake.ts';
import type { ClientUpgrade } from './kubelet-pipe.ts';
import { answerOverWebSocket } from './web-socket-answer.ts';

export type UpgradeListener = (message: IncomingMessage, socket: Duplex, head: Buffer) => void;

export function createUpgradeListener(server: ServerContext, authenticate: Authenticate): UpgradeListener {
  return (message, socket, head) => {
    const began = performance.now();
    const seen: SeenUpgrade = {};
    const onEnd = (listener: () => void): void => {
      if (socket.closed) listener();
      else socket.once('close', listener);
    };
    socket.on('error', () => socket.destroy());
    void answer(server, authenticate, { socket, head, message }, seen)
      .then(
        (): ApiResponse => ({ status: SWITCHED, headers: {}, body: undefined }),
        (error: unknown): Promise<ApiResponse> => {
          if (isFault(error)) seen.fault = error;
          return refusalOf(error, server);
        },
      )
      .then(async (response) => {
        if (seen.asked) await note(server, { request: seen.asked, response, seen, began, onEnd });
        if (response.status !== SWITCHED) refuse(socket, response);
      });
  };
}

/** What a request turned out to be, as its asker sent it. */
interface SeenUpgrade extends Seen {
  asked?: ApiRequest;
}

const SWITCHED = 101;

async function refusalOf(error: unknown, { log }: ServerContext): Promise<ApiResponse> {
  const response = await failureResponse(error, { log });
  if (error instanceof NoCommonProtocol)
    response.headers['x-accepted-stream-protocol-versions'] = error.accepted.join(', ');
  return response;
}

async function answer(
  server: ServerContext,
  authenticate: Authenticate,
  upgrade: ClientUpgrade,
  seen: SeenUpgrade,
): Promise<void> {
  const { message, socket } = upgrade;
  takeBearer(message);
  const self = await authenticate(message, message.socket as TLSSocket);
  const gone = new AbortController();
  socket.once('close', () => gone.abort());
  const asked = requestOf(message, self, gone.signal);
  const { method, path, query } = asked;
  const info = parseRequestInfo(method, path, query);
  Object.assign(seen, { asked, info });
  beginAudit(server, asked, info, seen);
  const user = impersonated(asked, server.authorizer);
  seen.user = user;
  authorize(server, user, info, seen);
  if (info.type === 'path') throw new BadRequest('this path serves no other protocol');
  const resource = server.resources.find(info);
  if (!resource) throw notFound(info, info.name);
  seen.resource = info;
  const { definition, storage } = resource;
  const hooks = server.hooksOf(definition);
  const context: ResourceContext = {
    server,
    request: askedBy(user, asked),
    info: placed(info, definition),
    definition,
    storage,
    hooks,
    warnings: new Warnings(),
  };
  await connect(context, upgrade);
}

function requestOf(message: IncomingMessage, user: User, signal: AbortSignal): ApiRequest {
  const { method = 'GET', url = '/' } = message;
  const { path, query } = readTarget(method, url);
  const { remoteAddress } = message.socket;
  return {
    method,
    path,
    query,
    headers: message.headers,
    headerValues: (name) => message.headersDistinct[name] ?? [],
    body: undefined,
    user,
    signal,
    ...(remoteAddress && { remoteAddress }),
  };
}

async function connect(context: ResourceContext, upgrade: ClientUpgrade): Promise<void> {
  const { server, request, info, hooks } = context;
  const taking = hooks.connect?.[info.subresource];
  if (taking) {
    // A WebSocket begins with GET, but runs things: it needs the right to create too.
    if (info.verb === 'get' && info.subresource !== 'proxy')
      authorize(server, request.user, { ...info, verb: 'create' });
    return taking(context, upgrade);
  }
  if (info.verb === 'watch') return answerOverWebSocket(upgrade, await watch(context), true);
  const endless = info.subresource === 'log' ? hooks.subresources?.[info.subresource] : undefined;
  if (endless) return answerOverWebSocket(upgrade, await endless(context), false);
  throw new StatusError({ reason: 'BadRequest', code: 400, message: 'this resource serves no other protocol' });
}

const BEARER = 'base64url.bearer.authorization.k8s.io.';

/** Browsers cannot send headers with a WebSocket: their token comes as a protocol, which nobody else is shown. */
function takeBearer(message: IncomingMessage): void {
  const offered = (message.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  const bearer = offered.find((name) => name.startsWith(BEARER));
  if (!bearer) return;
  message.headers['sec-websocket-protocol'] = offered.filter((name) => name !== bearer).join(', ');
  const token = Buffer.from(bearer.slice(BEARER.length), 'base64url').toString();
  message.headers.authorization ??= `Bearer ${token}`;
}

/** An HTTP response on a connection that stays HTTP. */
export function refuse(socket: Duplex, { status, headers, body }: ApiResponse): void {
  if (socket.destroyed) return;
  const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
  const lines = [
    `HTTP/1.1 ${status} ${TEXT[status] ?? 'Error'}`,
    `content-length: ${bytes.length}`,
    'connection: close',
  ];
  for (const [name, value] of Object.entries(headers)) for (const one of [value].flat()) lines.push(`${name}: ${one}`);
  socket.end(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), bytes]));
}

const TEXT: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};
