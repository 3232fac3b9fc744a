/**
 * Builds an API server: the pipeline over its parts, and the two ways in. Nothing is opened but what is in the options;
 * nothing runs before `ready` or `listen`.
 */
import { auditedAuthentication } from './audit/failed-authentication.ts';
import { createAuthenticator } from './auth/authenticate.ts';
import { openIdHandler } from './auth/tokens/openid.ts';
import { bootstrap } from './bootstrap/bootstrap.ts';
import { CustomResources } from './crd/custom-resources.ts';
import { Discovery } from './discovery/discovery.ts';
import { rootHandler } from './discovery/root.ts';
import { versionHandler } from './discovery/version.ts';
import { type HealthCheck, healthHandler } from './health/health.ts';
import { HealthResults } from './health/results.ts';
import { createInProcess } from './http/in-process.ts';
import { dumpHandler } from './flow-control/dumps.ts';
import { keepFlowControl } from './flow-control/keep.ts';
import type { Listener } from './http/tls-listener.ts';
import { repairServiceClaims } from './kinds/services/repair.ts';
import { Periodic } from './periodic.ts';
import { OpenApi } from './openapi/openapi.ts';
import type { ApiServer, ApiServerOptions } from './options.ts';
import { createPaths } from './paths.ts';
import { createPipeline, mayAsk } from './request/pipeline.ts';
import { createServerContext } from './server-context.ts';
import { createUpgradeListener } from './streams/upgrade.ts';

const REPAIR_MS = 180_000;
const FLOW_CONTROL_MS = 60_000;

export function createApiServer(options: ApiServerOptions): ApiServer {
  const { log, tls, advertise } = options;
  let failure: string | undefined;
  const server = createServerContext(options, (error) => {
    failure = error.message;
    log.error({ err: error }, 'the store stopped: nothing can be served');
    server.hubs.end();
  });
  const { resources, clock, hubs, metrics, kubelets, tokens } = server;
  const checks: HealthCheck[] = [
    { name: 'ping', failure: () => undefined },
    { name: 'etcd', failure: () => failure },
    {
      name: 'poststarthook/rbac/bootstrap-roles',
      failure: () => (server.started ? undefined : 'not finished'),
      readyOnly: true,
    },
    { name: 'shutdown', failure: () => (hubs.ended ? 'the server is shutting down' : undefined), readyOnly: true },
  ];
  const healthResults = new HealthResults();
  const discovery = new Discovery(resources, `${advertise.host}:${advertise.port}`);
  const openApi = new OpenApi(resources, clock);
  const paths = createPaths([
    versionHandler,
    healthHandler(checks, healthResults),
    healthResults.handler,
    (request) => discovery.answer(request),
    (request) => openApi.answer(request),
    openIdHandler(tokens, advertise),
    metrics.handler,
    dumpHandler(server.flowControl),
    rootHandler(resources),
  ]);
  const customResources = new CustomResources(server);
  const repair = new Periodic(REPAIR_MS, () => repairServiceClaims(server), log);
  const flowControl = new Periodic(FLOW_CONTROL_MS, () => keepFlowControl(server), log);
  const pipeline = createPipeline(server, paths);
  const authenticate = server.access.counted(auditedAuthentication(createAuthenticator(server.accounts), server));
  const upgrade = createUpgradeListener(server, authenticate);
  const listeners: Listener[] = [];
  let starting: Promise<void> | undefined;
  const start = async (): Promise<void> => {
    await resources.caches.start();
    await bootstrap(server);
    customResources.start();
    repair.start();
    flowControl.start();
    server.flowControl.onChange(() => flowControl.soon());
    server.started = true;
  };
  return {
    ready: () => (starting ??= start()),
    async listen(addresses) {
      const { createListener } = await import('./http/tls-listener.ts');
      let port = 0;
      for (const { host, port: wanted } of addresses) {
        const listener = createListener({ tls, pipeline, authenticate, mayAsk: mayAsk(server), upgrade, log });
        listeners.push(listener);
        port = await listener.listen({ host, port: wanted });
      }
      return { port };
    },
    handle: createInProcess(pipeline),
    async close() {
      customResources.close();
      repair.close();
      flowControl.close();
      server.flowControl.close();
      hubs.end();
      await Promise.all(listeners.map((listener) => listener.close()));
      server.deadlines.close();
      kubelets.close();
      resources.caches.close();
    },
  };
}
