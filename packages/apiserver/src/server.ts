/**
 * Builds an API server: caches over the store, authorizers, admission, the pipeline, and the two ways in. Nothing is opened
 * but what is in the options; nothing runs before `ready` or `listen`.
 */
import { registry } from '@mkube/api';
import { admissionPlugins } from './admission/all.ts';
import { createAuthenticator } from './auth/authenticate.ts';
import { firstOf } from './auth/authorizer.ts';
import { nodeAuthorizer } from './auth/node/authorizer.ts';
import { PodsByNode } from './auth/node/pods-by-node.ts';
import { rbacAuthorizer, rulesFor, superuserAuthorizer } from './auth/rbac/authorizer.ts';
import { BindingIndex } from './auth/rbac/index-of-bindings.ts';
import { createServiceAccountTokens } from './auth/tokens/authenticator.ts';
import { createTokenSigner } from './auth/tokens/signer.ts';
import { bootstrap } from './bootstrap/bootstrap.ts';
import type { ServerContext } from './context.ts';
import { Discovery } from './discovery/discovery.ts';
import { versionInfo } from './discovery/version.ts';
import { jsonResponse } from './encode/respond.ts';
import { answerHealth, type HealthCheck } from './health/health.ts';
import { handleInProcess } from './http/in-process.ts';
import type { Listener } from './http/tls-listener.ts';
import { createKubeletClient } from './kubelet/kubelet-client.ts';
import { hooksOf } from './kinds/all.ts';
import type { ApiServer, ApiServerOptions } from './options.ts';
import type { PathHandlers } from './paths.ts';
import { NOT_FOUND, createPipeline } from './request/pipeline.ts';
import { createUpgradeListener } from './streams/upgrade.ts';
import { OpenApi } from './openapi/openapi.ts';
import { Caches } from './storage/caches.ts';
import { Hubs } from './storage/hubs.ts';
import { Resources } from './storage/resources.ts';

export function createApiServer(options: ApiServerOptions): ApiServer {
  const { store, log, clock = () => new Date() } = options;
  let failure: string | undefined;
  const caches = new Caches({
    store,
    onFailure: (error) => {
      failure = error.message;
      log.error({ err: error }, 'the store stopped: nothing can be served');
      hubs.end();
    },
  });
  const resources = new Resources(caches, registry);
  const hubs = new Hubs();
  const bindings = new BindingIndex(resources);
  const tokens = createTokenSigner(options.serviceAccounts);
  const accounts = createServiceAccountTokens({ signer: tokens, resources, clock });
  const kubelets = createKubeletClient(options.kubelet);
  const nodeRules = () => bindings.rulesOf('ClusterRole', '', 'system:node') ?? [];
  const nodes = nodeAuthorizer({ pods: new PodsByNode(resources), rules: nodeRules });
  const server: ServerContext = {
    options,
    log,
    clock,
    resources,
    hubs,
    authorizer: firstOf([superuserAuthorizer, nodes, rbacAuthorizer(bindings)]),
    rulesFor: (user, namespace) => rulesFor(bindings, user, namespace),
    rulesOfRole: (kind, namespace, name) => bindings.rulesOf(kind, namespace, name),
    kubelets,
    tokens,
    accounts,
    admission: admissionPlugins,
    hooksOf,
  };
  let started = false;
  const checks: HealthCheck[] = [
    { name: 'ping', failure: () => undefined },
    { name: 'etcd', failure: () => failure },
    {
      name: 'poststarthook/rbac/bootstrap-roles',
      failure: () => (started ? undefined : 'not finished'),
      readyOnly: true,
    },
  ];
  const discovery = new Discovery(resources, `${options.advertise.host}:${options.advertise.port}`);
  const openApi = new OpenApi(resources, clock);
  const paths: PathHandlers = async (request) => {
    if (request.path === '/version' || request.path === '/version/') return jsonResponse(200, versionInfo());
    return answerHealth(request, checks) ?? discovery.answer(request) ?? (await openApi.answer(request)) ?? NOT_FOUND();
  };
  const pipeline = createPipeline(server, paths);
  const authenticate = createAuthenticator(accounts);
  const upgrade = createUpgradeListener(server, authenticate);
  const listeners: Listener[] = [];
  let starting: Promise<void> | undefined;
  const start = async (): Promise<void> => {
    await caches.start();
    await bootstrap(server);
    started = true;
  };
  return {
    ready: () => (starting ??= start()),
    async listen(addresses) {
      const { createListener } = await import('./http/tls-listener.ts');
      let port = 0;
      for (const { host, port: wanted } of addresses) {
        const listener = createListener({ tls: options.tls, pipeline, authenticate, upgrade, log });
        listeners.push(listener);
        port = await listener.listen({ host, port: wanted });
      }
      return { port };
    },
    handle: (request) => handleInProcess(pipeline, request),
    async close() {
      hubs.end();
      await Promise.all(listeners.map((listener) => listener.close()));
      kubelets.close();
      caches.close();
    },
  };
}
