/** Puts the parts of a server together; nothing here opens, listens or runs. */
import { aggregatedRegistry, registry } from '@mkube/api';
import { admissionPlugins } from './admission/all.ts';
import { AdmissionTimes } from './admission/times.ts';
import { firstOf } from './auth/authorizer.ts';
import { nodeAuthorizer } from './auth/node/authorizer.ts';
import { PodsByNode } from './auth/node/pods-by-node.ts';
import { rbacAuthorizer, rulesFor, superuserAuthorizer } from './auth/rbac/authorizer.ts';
import { BindingIndex } from './auth/rbac/index-of-bindings.ts';
import { createServiceAccountTokens } from './auth/tokens/authenticator.ts';
import { createTokenSigner } from './auth/tokens/signer.ts';
import type { ServerContext } from './context.ts';
import { DEFAULT_FLOW_CONTROL, FlowControl } from './flow-control/flow-control.ts';
import { flowMetrics } from './flow-control/metrics.ts';
import { KnownBodies } from './handlers/known-bodies.ts';
import { KnownOptions } from './handlers/known-options.ts';
import { kubeletOfNode } from './kubelet/kubelet-address.ts';
import { createKubeletClient } from './kubelet/kubelet-client.ts';
import { createHooksOf } from './kinds/all.ts';
import { Deadlines } from './limits/deadlines.ts';
import { AccessCounts } from './metrics/access-counts.ts';
import { serverGauges } from './metrics/gauges.ts';
import { Metrics } from './metrics/metrics.ts';
import type { ApiServerOptions } from './options.ts';
import { ResourceMetrics } from './resource-metrics/resource-metrics.ts';
import { Caches } from './storage/caches.ts';
import { StoreTimes, measuredStore } from './storage/measured-store.ts';
import { withReadableValues } from './storage/foreign-values.ts';
import { Hubs } from './storage/hubs.ts';
import { Resources } from './storage/resources.ts';

export function createServerContext(given: ApiServerOptions, onFailure: (error: Error) => void): ServerContext {
  const { store, log, clock = () => new Date() } = given;
  const access = new AccessCounts();
  const options = given.audit ? { ...given, audit: access.written(given.audit) } : given;
  const admissionTimes = new AdmissionTimes();
  const times = new StoreTimes();
  const caches = new Caches({ store: withReadableValues(measuredStore(store, times)), onFailure });
  const resources = new Resources(caches, [...registry, ...aggregatedRegistry]);
  const hubs = new Hubs();
  const flowControl = new FlowControl(resources, { ...DEFAULT_FLOW_CONTROL, ...options.limits }, clock);
  const bindings = new BindingIndex(resources);
  const kubelets = createKubeletClient(options.kubelet);
  const addressOf = (node: string) => kubeletOfNode(resources, node);
  const tokens = createTokenSigner(options.serviceAccounts);
  const nodeRules = () => bindings.rulesOf('ClusterRole', '', 'system:node') ?? [];
  const nodes = nodeAuthorizer({ pods: new PodsByNode(resources), rules: nodeRules });
  return {
    options,
    log,
    clock,
    resources,
    hubs,
    flowControl,
    deadlines: new Deadlines(),
    metrics: new Metrics([
      ...serverGauges({ resources, hubs, flowControl }),
      ...flowMetrics(flowControl),
      ...times.metrics(resources),
      ...access.metrics,
      admissionTimes.metric,
    ]),
    authorizer: firstOf([superuserAuthorizer, nodes, rbacAuthorizer(bindings)]),
    rulesFor: (user, namespace) => rulesFor(bindings, user, namespace),
    rulesOfRole: (kind, namespace, name) => bindings.rulesOf(kind, namespace, name),
    kubelets,
    resourceMetrics: new ResourceMetrics({ kubelets, addressOf, clock, log }),
    tokens,
    accounts: createServiceAccountTokens({ signer: tokens, resources, clock }),
    admission: admissionPlugins,
    admissionTimes,
    access,
    knownBodies: new KnownBodies(),
    knownOptions: new KnownOptions(),
    hooksOf: createHooksOf(),
    started: false,
  };
}
