/**
 * The plain half of the kubelet's API, as a Fastify app over a server that somebody else listens on: who asks shows a client
 * certificate or a token, and has to be allowed to.
 */
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import fastify, { type FastifyInstance } from 'fastify';
import { serveContainerLogs } from './container-logs.ts';
import type { ServerDeps } from './deps.ts';
import { HttpError } from './http-error.ts';
import { usageOfNode, usageOfPods } from './stats.ts';
import { storageStats } from './storage-stats.ts';
import { resourceMetricsOf, summaryOf } from './summary.ts';

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
  servePlain(app, deps);
  serveContainerLogs(app, deps);
  await app.ready();
  return listener;
}

function servePlain(app: FastifyInstance, deps: ServerDeps): void {
  const { pods, clock, nodeName } = deps;
  app.get('/healthz', async () => 'ok');
  app.get('/pods', async () => ({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items: pods.list() }));
  app.get('/runningpods/', async () => ({
    kind: 'PodList',
    apiVersion: 'v1',
    metadata: {},
    items: pods.list().filter(({ status }) => status.phase === 'Running'),
  }));
  app.get('/stats/summary', async () => {
    const now = clock.now();
    const [pods, storage] = await Promise.all([usageOfPods(deps), storageStats(deps, now)]);
    return summaryOf(nodeName, await usageOfNode(now), { pods, storage });
  });
  app.get('/metrics/resource', async (_request, reply) =>
    reply
      .type('text/plain; version=0.0.4; charset=utf-8')
      .send(resourceMetricsOf(await usageOfNode(clock.now()), await usageOfPods(deps))),
  );
  app.get('/metrics', async (_request, reply) => {
    const running = pods.list().filter(({ status }) => status.phase === 'Running').length;
    return reply
      .type('text/plain; version=0.0.4; charset=utf-8')
      .send(
        `# HELP kubelet_running_pods Number of pods that have a running pod sandbox\n# TYPE kubelet_running_pods gauge\nkubelet_running_pods ${running}\n` +
          `# HELP process_resident_memory_bytes Resident memory size in bytes.\n# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes ${process.memoryUsage.rss()}\n`,
      );
  });
}
