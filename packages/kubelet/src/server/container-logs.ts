/** GET /containerLogs/<namespace>/<pod>/<container> */
import type { FastifyInstance } from 'fastify';
import type { ServerDeps } from './deps.ts';
import { type ContainerPath, findLogged } from './find-container.ts';
import { logOptionsOf } from './log-options.ts';
import { readLog } from '../logs/read-log.ts';

export function serveContainerLogs(app: FastifyInstance, { pods, runtime, clock, log }: ServerDeps): void {
  app.get('/containerLogs/:namespace/:pod/:container', async (request, reply) => {
    const options = logOptionsOf(new URL(request.url, 'https://kubelet').searchParams, clock.now());
    const container = findLogged(pods, request.params as ContainerPath, options.previous);
    const abort = new AbortController();
    reply.hijack();
    const out = reply.raw;
    out.once('close', () => abort.abort());
    out.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' });
    out.flushHeaders(); // a silent container has a log all the same
    const isOver = async (): Promise<boolean> => (await runtime.containerStatus(container.id))?.state !== 'running';
    try {
      await readLog({ logPath: container.logPath, options, out, isOver, signal: abort.signal });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (!abort.signal.aborted) log.warn({ container: container.name, why }, 'cannot read a log');
    }
    out.end();
  });
}
