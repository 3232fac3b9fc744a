/**
 * The plain half of the kubelet's API, as a Fastify app over a server that somebody else listens on: who asks shows a client
 * certificate or a token, and has to be allowed to.
 */
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import fastify, { type FastifyInstance } from 'fastify';
import { serveContainerLogs } from './container-logs.ts';
import type { ServerDeps } from './deps.ts';
import { HttpError } from './http-error.ts';
import { configurationOf } from './configz.ts';
import { serveRun } from './run.ts';
import { runningPodsOf } from './running-pods.ts';
import { serveStats } from './stats-routes.ts';
import { serveSystemLogs } from './system-logs.ts';

export interface AppOptions {
  deps: ServerDeps;
  server: Server;
  authorize(message: IncomingMessage): Promise<void>;
}

export async function createApp({ deps, server, authorize }: AppOptions): Promise<RequestListener> {
  let listener: RequestListener = (_request, response) => response.writeHead(503).end();
  const app = fastify({
    serverFactory(handler) {
      listener = handler;
      return server;
    },
  });
  app.addHook('onRequest', (request) => authorize(request.raw));
  app.setErrorHandler(async (error, request, reply) => {
    if (error instanceof HttpError)
      return reply.code(error.statusCode).type('text/plain; charset=utf-8').send(error.message);
    deps.log.warn({ err: error, path: request.url.split('?', 1)[0] }, 'a request to the kubelet failed');
    return reply.code(500).type('text/plain; charset=utf-8').send('internal error');
  });
  app.setNotFoundHandler(async (_request, reply) =>
    reply.code(404).type('text/plain; charset=utf-8').send('404 page not found'),
  );
  app.addHook('onResponse', async (request) => {
    const path = request.url.split(/[/?]/, 2)[1] ?? '';
    deps.metrics.request({ long_running: 'false', method: request.method, path, server_type: 'readwrite' });
  });
  servePlain(app, deps);
  serveStats(app, deps);
  serveRun(app, deps);
  serveContainerLogs(app, deps);
  serveSystemLogs(app, deps);
  await app.ready();
  return listener;
}

function servePlain(app: FastifyInstance, deps: ServerDeps): void {
  const { pods, settings } = deps;
  for (const check of ['', '/ping', '/log', '/syncloop']) app.get(`/healthz${check}`, async () => 'ok');
  const listOf = (items: readonly object[]) => ({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items });
  app.get('/pods', async () => listOf(pods.list()));
  for (const path of ['/runningpods', '/runningpods/'])
    app.get(path, async () => listOf(runningPodsOf(pods.workers())));
  app.get('/configz', async () => ({ kubeletconfig: configurationOf(settings) }));
  for (const verb of ['exec', 'attach', 'portForward'])
    app.all(`/${verb}/*`, async () => {
      throw new HttpError(400, 'Upgrade request required');
    });
}
