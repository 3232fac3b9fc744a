/**
 * The control plane in one process: API server over a store, scheduler and controllers as its in-process clients, each under
 * its own identity. The store is the caller's: it is opened before and closed after.
 */
import { setMaxListeners } from 'node:events';
import { type AuditOptions, createApiServer } from '@mkube/apiserver';
import { type Client, createClient, type InProcessUser, inProcessTransport, runLeaderElection } from '@mkube/client';
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
  /** Where the volumes of claims are made, folders of this machine; absent: claims that name no class wait. */
  volumesRoot?: string;
  /** Seconds; absent: Kubernetes' defaults. */
  nodeMonitorGracePeriod?: number;
  podEvictionTolerationSeconds?: number;
  audit?: AuditOptions;
  /**
   * Who this control plane is among those that share the store; scheduler and controllers then act in one of them at a time.
   * The same name again after a crash takes its own lease back at once. Absent: nobody else is there.
   */
  candidate?: string;
  /** Tests switch them off. Default: true. */
  scheduler?: boolean;
  controllers?: boolean;
}

export interface ControlPlane {
  port: number;
  /** In-process, with this user's rights; `userAgent` is who is written down as the manager of what it writes. */
  clientAs(user: InProcessUser, userAgent?: string): Client;
  /** Resolves when all of it has stopped. */
  close(): Promise<void>;
}

export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { store, log, pki, addresses, advertise, serviceCidr, podEvictionTolerationSeconds, audit } = options;
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
    ...(audit && { audit }),
  });
  const clientAs: ControlPlane['clientAs'] = (user, userAgent) =>
    createClient(inProcessTransport(api.handle, user), { ...(userAgent && { userAgent }) });
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

/** Written down as the manager of what controllers write. */
const CONTROLLERS = 'kube-controller-manager';

type Part = (signal: AbortSignal) => Promise<void>;

function startParts(options: ControlPlaneOptions, clientAs: ControlPlane['clientAs'], signal: AbortSignal) {
  const { log, pki, advertise, serviceCidr, volumesRoot, nodeMonitorGracePeriod } = options;
  const scheduler: Part = (term) =>
    createScheduler({
      client: clientAs(componentUser('system:kube-scheduler'), 'kube-scheduler'),
      log: log.child({ component: 'scheduler' }),
    }).run(term);
  const controllers: Part = (term) =>
    createControllers({
      client: clientAs(componentUser('system:kube-controller-manager'), CONTROLLERS),
      clientAs: (user) => clientAs(user, CONTROLLERS),
      log: log.child({ component: 'controllers' }),
      flags: {
        serviceCidr,
        ...(volumesRoot !== undefined && { volumesRoot }),
        // an Endpoints object holds no loopback address: there pods use the host's network and find the API by it
        ...(!advertise.host.startsWith('127.') && { apiServer: advertise }),
        rootCa: pki.ca,
        ...(pki.caKey !== undefined && { clusterSigning: { cert: pki.ca, key: pki.caKey } }),
        ...(nodeMonitorGracePeriod !== undefined && {
          nodeMonitorGracePeriod,
          nodeMonitorPeriod: Math.min(5, nodeMonitorGracePeriod / 4),
        }),
      },
    }).run(term);
  const lead =
    (name: string, part: Part): Part =>
    async (term) => {
      setMaxListeners(0, term);
      await part(term).catch((error: unknown) => {
        if (!term.aborted) log.fatal({ err: error, component: name }, 'it stopped');
      });
    };
  const { candidate } = options;
  const run = (name: string, part: Part) =>
    candidate === undefined
      ? lead(name, part)(signal)
      : runLeaderElection({
          client: clientAs(componentUser(`system:${name}`)),
          lease: { name, namespace: 'kube-system' },
          identity: candidate,
          lead: lead(name, part),
          signal,
          log: log.child({ component: name }),
        });
  return [
    ...(options.scheduler === false ? [] : [run('kube-scheduler', scheduler)]),
    ...(options.controllers === false ? [] : [run('kube-controller-manager', controllers)]),
  ];
}

const componentUser = (username: string): InProcessUser => ({ username, groups: ['system:authenticated'] });
