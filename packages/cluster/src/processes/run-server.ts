/**
 * One `mkube server`: opens the store, serves the API on loopback and on the switch, runs scheduler and controllers, and
 * stops cleanly when the signal aborts. Everything it needs is in the cluster's folder.
 */
import os from 'node:os';
import { pathToFileURL } from 'node:url';
import { openStore, startCompaction } from '@mkube/store';
import type { Logger } from 'pino';
import { ensureDockerAccepts } from '../network/apply.ts';
import { KUBELET_CLIENT, SERVER } from '../pki/identity.ts';
import { needPair, needText } from '../pki/pki.ts';
import { ClusterError, codeOf } from '../state/cluster-error.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import { openAuditLog } from './audit-log.ts';
import { ensureDnsService } from './cluster-dns.ts';
import type { ClusterPaths } from '../state/paths.ts';
import { startControlPlane } from './control-plane.ts';
import { startImageService } from './image-service.ts';

const ADMIN_USER = { username: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] };

export interface ServerConfig {
  paths: ClusterPaths;
  state: ClusterState;
  log: Logger;
}

const KEEP_MS = 300_000;
const LOOK_FOR_DOCKER_MS = 10_000;

/** Runs until the signal aborts; `onReady` is told once it serves. Throws a ClusterError where a user can mend the cause. */
export async function runServer(
  config: ServerConfig,
  options: { signal: AbortSignal; onReady(port: number): void },
): Promise<void> {
  const { paths, state, log } = config;
  const { signal, onReady } = options;
  const audit = openAuditLog(paths);
  const store = await openStore(state.options.store ?? `leveldb://${pathToFileURL(paths.data).pathname}`);
  try {
    const compaction = startCompaction(store, {
      keepMs: KEEP_MS,
      onError: (err) => log.error({ err }, 'compaction stopped'),
    });
    const docker = watchForDocker(state, log);
    const plane = await startControlPlane({ ...planeOptions(config, store), ...(audit && { audit }) }).catch(
      (error: unknown) => {
        throw explainListenError(error, state);
      },
    );
    if (state.network.mode !== 'host')
      ensureDnsService(plane.clientAs(ADMIN_USER), state.serviceCidr).catch((err: unknown) =>
        log.error({ err }, 'cannot make the Service of the cluster DNS'),
      );
    const images = await startImageService({
      paths,
      keeps: state.options.runtime === 'containerd' ? 'archives' : 'layers',
      log,
    }).catch((err: unknown) => {
      log.error({ err }, 'no images will be pulled');
      return undefined;
    });
    log.info({ port: plane.port }, 'serving');
    onReady(plane.port);
    await aborted(signal);
    log.info('stopping');
    clearInterval(docker);
    compaction.close();
    images?.close();
    await plane.close();
  } finally {
    await store.close();
    audit?.close();
  }
}

function planeOptions({ paths, state, log }: ServerConfig, store: Parameters<typeof startControlPlane>[0]['store']) {
  const { network, port, serviceCidr, options } = state;
  const hosts = [...new Set(['127.0.0.1', network.hostAddress])];
  return {
    store,
    log,
    pki: {
      ca: needText(paths.pki, 'ca.crt'),
      caKey: needText(paths.pki, 'ca.key'),
      server: needPair(paths.pki, SERVER),
      kubeletClient: needPair(paths.pki, KUBELET_CLIENT),
      serviceAccountKey: needText(paths.pki, 'service-account.key'),
    },
    addresses: hosts.map((host) => ({ host, port })),
    advertise: { host: network.hostAddress, port },
    serviceCidr,
    volumesRoot: paths.volumes,
    // others may serve the same etcd: then who schedules and controls is agreed upon
    ...(/^etcds?:/.test(options.store ?? '') && { candidate: `${os.hostname()}_${state.id}` }),
    ...(options.nodeMonitorGracePeriod !== undefined && { nodeMonitorGracePeriod: options.nodeMonitorGracePeriod }),
    ...(options.podEvictionTolerationSeconds !== undefined && {
      podEvictionTolerationSeconds: options.podEvictionTolerationSeconds,
    }),
  };
}

/** dockerd, when it starts, drops what it does not forward itself: our rule has to be put in then. */
function watchForDocker(state: ClusterState, log: Logger): NodeJS.Timeout | undefined {
  if (state.network.mode !== 'namespaces') return undefined;
  const look = async () => {
    if (await ensureDockerAccepts(state.id)) log.info('added accept rules to DOCKER-USER');
  };
  return setInterval(() => {
    look().catch((err: unknown) => log.warn({ err }, 'cannot look for dockerd'));
  }, LOOK_FOR_DOCKER_MS).unref();
}

function explainListenError(error: unknown, { port }: ClusterState): unknown {
  if (codeOf(error) !== 'EADDRINUSE') return error;
  return new ClusterError(
    `port ${port} is in use by another program: end it, or choose another with 'mkube up --port N'`,
    { cause: error },
  );
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
