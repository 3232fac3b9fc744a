/**
 * HTTPS in front of the pipeline: Fastify takes requests (HTTP/1.1, bodies as Buffers up to 3 MiB), authentication names the
 * user, the pipeline answers, the response is written as it is. Endless responses go to the socket itself.
 */
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { RequestEntityTooLarge, BadRequest } from '@mkube/apimachinery';
import type { Logger } from 'pino';
import type { User } from '../request/request.ts';
import type { Pipeline } from '../request/pipeline.ts';
import { failureResponse } from '../request/failure.ts';
import { type ApiResponse, isStream } from '../request/request.ts';
import type { UpgradeListener } from '../streams/upgrade.ts';
import { compressed } from './compress.ts';
import { SocketSink } from './socket-sink.ts';

export const MAX_BODY = 3 * 1024 * 1024;

export interface ListenerOptions {
  tls: { cert: string; key: string; clientCa: string };
  pipeline: Pipeline;
  authenticate: (message: IncomingMessage, socket: TLSSocket) => User | Promise<User>;
  upgrade: UpgradeListener;
  log: Logger;
}

export interface Listener {
  app: FastifyInstance;
  listen(address: { host: string; port: number }): Promise<number>;
  close(): Promise<void>;
}

const CLOSE_MS = 2000;
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

export function createListener({ tls, pipeline, authenticate, upgrade, log }: ListenerOptions): Listener {
  const https = {
    cert: tls.cert,
    key: tls.key,
    ca: tls.clientCa,
    requestCert: true,
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2' as const,
  };
  const app = Fastify({
    https,
    bodyLimit: MAX_BODY,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { maxParamLength: 16_384 },
    frameworkErrors: (error, request, reply) => answerFailure(error, reply),
  });
  const upgraded = new Set<Duplex>();
  app.server.on('upgrade', (message, socket, head) => {
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
    upgrade(message, socket, head);
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error, _request, reply) => answerFailure(error, reply));
  const answerFailure = (error: unknown, reply: FastifyReply): void => {
    void send(reply, failureResponse(ours(error), log));
  };
  app.route({
    method: [...METHODS],
    url: '/*',
    handler: async (request, reply) => {
      const user = await authenticate(request.raw, request.raw.socket as TLSSocket);
      const signal = abortedWith(reply);
      const response = await pipeline(toApiRequest(request, user, signal));
      return send(reply, await compressed(response, request.raw));
    },
  });
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

function toApiRequest(request: FastifyRequest, user: User, signal: AbortSignal) {
  const url = request.raw.url ?? '/';
  const question = url.indexOf('?');
  return {
    method: request.method,
    path: question < 0 ? url : url.slice(0, question),
    query: new URLSearchParams(question < 0 ? '' : url.slice(question + 1)),
    headers: request.headers,
    body: Buffer.isBuffer(request.body) ? request.body : undefined,
    user,
    signal,
    remoteAddress: request.ip,
  };
}

function abortedWith(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => controller.abort());
  return controller.signal;
}

/** Written past Fastify, so that headers are exactly the response's own: clients decide by them. */
async function send(reply: FastifyReply, { status, headers, body }: ApiResponse): Promise<FastifyReply> {
  reply.hijack();
  const { raw } = reply;
  if (body === undefined) raw.writeHead(status, headers).end();
  else if (Buffer.isBuffer(body)) raw.writeHead(status, { ...headers, 'content-length': body.length }).end(body);
  else if (isStream(body)) {
    raw.writeHead(status, { ...headers, 'transfer-encoding': 'chunked' });
    raw.flushHeaders();
    body.stream(new SocketSink(raw));
  } else {
    raw.writeHead(status, headers);
    for (const chunk of body) {
      if (raw.destroyed) break;
      if (!raw.write(chunk)) await drained(raw);
    }
    raw.end();
  }
  return reply;
}

const drained = (raw: FastifyReply['raw']): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      raw.off('drain', done).off('close', done);
      resolve();
    };
    raw.once('drain', done).once('close', done);
  });

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
