/**
 * HTTPS in front of the pipeline (HTTP/1.1, bodies as Buffers up to 3 MiB): authentication names the user, the pipeline
 * answers, the response is written as it is. Two doors lead to this one way: plain requests come straight from Node's
 * parser, in the turn in which they arrive; Fastify takes what needs more care (chunked bodies, odd lengths and methods).
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { RequestEntityTooLarge, BadRequest } from '@mkube/apimachinery';
import type { Logger } from 'pino';
import type { Authenticate } from '../auth/authenticate.ts';
import type { Pipeline } from '../request/pipeline.ts';
import { failureResponse } from '../request/failure.ts';
import type { ApiRequest } from '../request/request.ts';
import { type Later, after } from '../request/later.ts';
import { Targets } from '../request/target.ts';
import type { UpgradeListener } from '../streams/upgrade.ts';
import { compressed } from './compress.ts';
import { type Arrived, HttpRequest } from './http-request.ts';
import { plainLength, readPlainBody } from './plain-body.ts';
import { send } from './send.ts';

export const MAX_BODY = 3 * 1024 * 1024;
/** Of the request line and all headers, as Go has it; beyond that it is 431. */
const MAX_HEADERS = 1024 * 1024;

export interface ListenerOptions {
  tls: { cert: string; key: string; clientCa: string };
  pipeline: Pipeline;
  authenticate: Authenticate;
  /** Whose body is worth reading. Who may not ask is answered without it. */
  mayAsk: (request: ApiRequest) => boolean;
  upgrade: UpgradeListener;
  log: Logger;
  /** Milliseconds in which a request must have come whole, its body included; Kubernetes' --request-timeout. */
  requestMs?: number;
}

export interface Listener {
  app: FastifyInstance;
  listen(address: { host: string; port: number }): Promise<number>;
  close(): Promise<void>;
}

const CLOSE_MS = 2000;
const REQUEST_MS = 60_000;
const KEEP_ALIVE_MS = 72_000;
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

type TakeRequest = (message: IncomingMessage, raw: ServerResponse) => void;

export function createListener(options: ListenerOptions): Listener {
  const { upgrade } = options;
  const answer = createAnswer(options);
  const app = Fastify({
    serverFactory: (careful: TakeRequest) => createHttps(options, plainFirst(answer, careful)),
    bodyLimit: MAX_BODY,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { maxParamLength: MAX_HEADERS },
    clientErrorHandler: refuseUnreadable,
    frameworkErrors: (error, _request, reply) => answer.failure(error, reply.hijack().raw),
  });
  const upgraded = new Set<Duplex>();
  app.server.on('upgrade', (message, socket, head) => {
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
    upgrade(message, socket, head);
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error, _request, reply) => answer.failure(error, reply.hijack().raw));
  const readers = new WeakMap<IncomingMessage, (body: Buffer | undefined) => void>();
  app.addHook('onRequest', ({ raw: message }, { raw }, done) => {
    answer.withBody({ message, raw }, (take) => {
      readers.set(message, take);
      done();
    });
  });
  const handler = ({ raw: message, body }: FastifyRequest, reply: FastifyReply): void => {
    reply.hijack();
    readers.get(message)?.(Buffer.isBuffer(body) ? body : undefined);
  };
  app.route({ method: [...METHODS], url: '/*', handler });
  // Methods that nobody serves are refused as the path says.
  app.setNotFoundHandler(handler);
  return {
    app,
    async listen({ host, port }) {
      await app.listen({ host, port });
      return (app.server.address() as AddressInfo).port;
    },
    async close() {
      for (const socket of upgraded) socket.destroy();
      // Answers under way are finished; who does not take them in time is let go.
      const force = setTimeout(() => app.server.closeAllConnections(), CLOSE_MS);
      await app.close();
      clearTimeout(force);
    },
  };
}

/** What is no HTTP is told so in a word, and never more. */
function refuseUnreadable({ code }: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable) return void socket.destroy();
  const status = UNREADABLE[code ?? ''] ?? '400 Bad Request';
  const head = `HTTP/1.1 ${status}\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\n\r\n`;
  socket.end(head + status);
}

const UNREADABLE: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

function createHttps({ tls: { cert, key, clientCa }, requestMs = REQUEST_MS }: ListenerOptions, take: TakeRequest) {
  const identity = { cert, key, ca: clientCa, requestCert: true, rejectUnauthorized: false } as const;
  const limits = {
    maxHeaderSize: MAX_HEADERS,
    requestTimeout: requestMs,
    headersTimeout: requestMs,
    connectionsCheckingInterval: requestMs / 4,
  };
  const server = createServer({ ...identity, minVersion: 'TLSv1.2', ...limits }, take);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  return server;
}

/** What is plain is taken at once, the rest is left to `careful`. */
const plainFirst =
  (answer: Answer, careful: TakeRequest): TakeRequest =>
  (message, raw) => {
    const length = plainLength(message, MAX_BODY);
    if (length === undefined) careful(message, raw);
    else if (length === 0) answer.bare({ message, raw });
    else answer.withBody({ message, raw }, (take) => readPlainBody(message, take));
  };

type Answer = ReturnType<typeof createAnswer>;

/** The one way of a request through this file, and what becomes of its failure. */
function createAnswer({ pipeline, authenticate, mayAsk, log }: ListenerOptions) {
  const targets = new Targets();
  const failure = (error: unknown, raw: ServerResponse): void => {
    if (!raw.headersSent) void after(failureResponse(ours(error), { log }), (response) => send(raw, response));
    else raw.destroy();
  };
  const settled = (raw: ServerResponse, work: () => Later<void>): void => {
    try {
      const working = work();
      if (working instanceof Promise) working.catch((error: unknown) => failure(error, raw));
    } catch (error) {
      failure(error, raw);
    }
  };
  const identified = (arrived: Arrived): Later<HttpRequest> => {
    const { message } = arrived;
    const target = targets.of(message.method ?? 'GET', message.url ?? '/');
    return after(authenticate(message, message.socket as TLSSocket), (user) => new HttpRequest(arrived, target, user));
  };
  const answered = (request: HttpRequest, { message, raw }: Arrived): Later<void> =>
    after(
      after(pipeline(request), (response) => compressed(response, message)),
      (response) => send(raw, response),
    );
  return {
    failure,
    bare: (arrived: Arrived): void =>
      settled(arrived.raw, () => after(identified(arrived), (request) => answered(request, arrived))),
    /** `read` begins to read, and hands the body over. */
    withBody: (arrived: Arrived, read: (take: (body: Buffer | undefined) => void) => void): void =>
      settled(arrived.raw, () =>
        after(identified(arrived), (request) => {
          if (!mayAsk(request)) return answered(request, arrived);
          read((body) => {
            request.body = body;
            settled(arrived.raw, () => answered(request, arrived));
          });
        }),
      ),
  };
}

/** Fastify's own faults in Kubernetes' words. */
function ours(error: unknown): unknown {
  const code = (error as { code?: unknown }).code;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new RequestEntityTooLarge(`Request entity too large: limit is ${MAX_BODY}`);
  const status = (error as { statusCode?: unknown }).statusCode;
  if (typeof code === 'string' && code.startsWith('FST_ERR') && typeof status === 'number' && status < 500)
    return new BadRequest((error as Error).message);
  return error;
}
