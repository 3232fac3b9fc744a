/**
 * The control plane in one process: API server over a store, scheduler and controllers as its in-process clients, each under
 * its own identity. The store is the caller's: it is opened before and closed after.
 */
import { setMaxListeners } from 'node:events';
import { createApiServer } from '@mkube/apiserver';
import { type Client, createClient, type InProcessUser, inProcessTransport } from '@mkube/client';
import { createControllers } from '@mkube/controllers';
import { createScheduler } from '@mkube/scheduler';
import type { Store } from '@mkube/store';
import type { Logger } from 'pino';
import type { KeyPair } from '../pki/x509.ts';

export interface ControlPlaneOptions {
  store: Store;
  log: Logger;
  /** PEM. */
  pki: {
    ca: string;
    /** Signs CertificateSigningRequests; absent: nobody does. */
    caKey?: string;
    server: KeyPair;
    kubeletClient: KeyPair;
    serviceAccountKey: string;
  };
  addresses: readonly { host: string; port: number }[];
  /** Where pods and nodes reach it. */
  advertise: { host: string; port: number };
  serviceCidr: string;
  /** Seconds; absent: Kubernetes' defaults. */
  nodeMonitorGracePeriod?: number;
  podEvictionTolerationSeconds?: number;
  /** Tests switch them off. Default: true. */
  scheduler?: boolean;
  controllers?: boolean;
}

export interface ControlPlane {
  port: number;
  /** In-process, with this user's rights. */
  clientAs(user: InProcessUser): Client;
  /** Resolves when all of it has stopped. */
  close(): Promise<void>;
}

export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { store, log, pki, addresses, advertise, serviceCidr, podEvictionTolerationSeconds } = options;
  const api = createApiServer({
    store,
    log: log.child({ component: 'apiserver' }),
    tls: { ...pki.server, clientCa: pki.ca },
    serviceAccounts: { privateKey: pki.serviceAccountKey, issuer: 'https://kubernetes.default.svc.cluster.local' },
    kubelet: { ...pki.kubeletClient, ca: pki.ca },
    advertise,
    serviceCidr,
    rootCa: pki.ca,
    ...(podEvictionTolerationSeconds !== undefined && { podEvictionTolerationSeconds }),
  });
  const clientAs = (user: InProcessUser) => createClient(inProcessTransport(api.handle, user));
  const stop = new AbortController();
  setMaxListeners(0, stop.signal); // every controller, informer and worker listens
  // kubelets knock while the bootstrap objects are still being made
  const [{ port }] = await Promise.all([api.listen(addresses), api.ready()]);
  const parts = startParts(options, clientAs, stop.signal);
  return {
    port,
    clientAs,
    async close() {
      stop.abort();
      await Promise.allSettled(parts);
      await api.close();
    },
  };
}

function startParts(options: ControlPlaneOptions, clientAs: ControlPlane['clientAs'], signal: AbortSignal) {
  const { log, pki, advertise, serviceCidr, nodeMonitorGracePeriod } = options;
  const scheduler = () =>
    createScheduler({
      client: clientAs(componentUser('system:kube-scheduler')),
      log: log.child({ component: 'scheduler' }),
    }).run(signal);
  const controllers = () =>
    createControllers({
      client: clientAs(componentUser('system:kube-controller-manager')),
      clientAs,
      log: log.child({ component: 'controllers' }),
      flags: {
        serviceCidr,
        // an Endpoints object holds no loopback address: there pods use the host's network and find the API by it
        ...(!advertise.host.startsWith('127.') && { apiServer: advertise }),
        rootCa: pki.ca,
        ...(pki.caKey !== undefined && { clusterSigning: { cert: pki.ca, key: pki.caKey } }),
        ...(nodeMonitorGracePeriod !== undefined && {
          nodeMonitorGracePeriod,
          nodeMonitorPeriod: Math.min(5, nodeMonitorGracePeriod / 4),
        }),
      },
    }).run(signal);
  const run = (name: string, part: () => Promise<void>) =>
    part().catch((error: unknown) => {
      if (!signal.aborted) log.fatal({ err: error, component: name }, 'it stopped');
    });
  return [
    ...(options.scheduler === false ? [] : [run('scheduler', scheduler)]),
    ...(options.controllers === false ? [] : [run('controllers', controllers)]),
  ];
}

const componentUser = (username: string): InProcessUser => ({ username, groups: ['system:authenticated'] });
