/** What every handler gets: the server's parts, and the one request that it answers. */
import type { ResourceDefinition } from '@mkube/apimachinery';
import type { Logger } from 'pino';
import type { AdmissionPlugin } from './admission/plugin.ts';
import type { AdmissionTimes } from './admission/times.ts';
import type { Authorizer } from './auth/authorizer.ts';
import type { ApiRequest, ApiResponse, User } from './request/request.ts';
import type { ResourceInfo } from './request/info.ts';
import type { Later } from './request/later.ts';
import type { Warnings } from './request/warnings.ts';
import type { Resources } from './storage/resources.ts';
import type { Storage } from './storage/storage.ts';
import type { Hubs } from './storage/hubs.ts';
import type { PolicyRule } from '@mkube/api';
import type { ServiceAccountTokens } from './auth/tokens/authenticator.ts';
import type { TokenSigner } from './auth/tokens/signer.ts';
import type { KubeletClient } from './kubelet/kubelet-client.ts';
import type { Deadlines } from './limits/deadlines.ts';
import type { FlowControl } from './flow-control/flow-control.ts';
import type { AccessCounts } from './metrics/access-counts.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { KindHooks } from './kinds/hooks.ts';
import type { KnownBodies } from './handlers/known-bodies.ts';
import type { KnownOptions } from './handlers/known-options.ts';
import type { ApiServerOptions } from './options.ts';
import type { ResourceMetrics } from './resource-metrics/resource-metrics.ts';

export interface ServerContext {
  options: ApiServerOptions;
  log: Logger;
  clock: () => Date;
  resources: Resources;
  hubs: Hubs;
  flowControl: FlowControl;
  deadlines: Deadlines;
  metrics: Metrics;
  authorizer: Authorizer;
  /** Every RBAC rule that the user has in a namespace. */
  rulesFor: (user: User, namespace: string) => PolicyRule[];
  /** The rules of a role as it is now, aggregated ones included. */
  rulesOfRole: (kind: string, namespace: string, name: string) => readonly PolicyRule[] | undefined;
  kubelets: KubeletClient;
  resourceMetrics: ResourceMetrics;
  tokens: TokenSigner;
  accounts: ServiceAccountTokens;
  admission: readonly AdmissionPlugin[];
  admissionTimes: AdmissionTimes;
  access: AccessCounts;
  /** Bodies of creates that have come before. */
  knownBodies: KnownBodies;
  /** Options of writes to the same URL. */
  knownOptions: KnownOptions;
  hooksOf: (definition: ResourceDefinition) => KindHooks;
  /** False until everything stored can be read and the bootstrap objects exist. */
  started: boolean;
}

export interface ResourceContext {
  server: ServerContext;
  request: ApiRequest;
  info: ResourceInfo;
  definition: ResourceDefinition;
  storage: Storage;
  hooks: KindHooks;
  warnings: Warnings;
}

export type Handler = (context: ResourceContext) => Later<ApiResponse>;
