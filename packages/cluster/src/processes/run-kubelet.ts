/**
 * One `mkube kubelet`: the kubelet of one node of a local cluster, over HTTPS with the node's own certificate. It is started
 * inside the node's network namespace. When the signal aborts it ends and its containers go on.
 */
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createClient, nodeHttpsTransport } from '@mkube/client';
import { createKubelet, type Kubelet, type KubeletOptions, optionsOfConfiguration } from '@mkube/kubelet';
import type { Logger } from 'pino';
import { isCri } from '../engines/names.ts';
import { isPortFree } from '../network/ports.ts';
import { hostLink, nodeNamespace, tableName } from '../network/names.ts';
import { nodeFile, PROXY } from '../pki/identity.ts';
import { needPair, needText } from '../pki/pki.ts';
import { ClusterError } from '../state/cluster-error.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import { readIfThere } from '../state/files.ts';
import type { ClusterPaths } from '../state/paths.ts';
import { CLUSTER_DOMAIN } from './cluster-dns.ts';
import { startNodePortRelay } from './node-port-relay.ts';
import { type NodeServices, startNodeServices } from './node-services.ts';
import { isMachineStopping, watchLogind } from './machine-shutdown.ts';
import { openRuntime } from './open-runtime.ts';

export interface KubeletConfig {
  paths: ClusterPaths;
  state: ClusterState;
  node: string;
  log: Logger;
}

/** Runs until the signal aborts; `onReady` is told once its server listens. */
export async function runKubelet(
  config: KubeletConfig,
  options: { signal: AbortSignal; powerFails?: AbortSignal; onReady(): void },
): Promise<void> {
  const { paths, state, log } = config;
  const { signal: told, powerFails = new AbortController().signal, onReady } = options;
  const end = new AbortController();
  const { signal } = end;
  told.addEventListener('abort', () => void endKubelet(), { once: true });
  const configured = await readConfiguration(paths);
  const node = state.nodes.find((n) => n.name === config.node);
  if (node === undefined) throw new ClusterError(`cluster "${state.name}" has no node "${config.node}"`);
  if (state.network.mode === 'namespaces') enableForwarding(log);
  // an address that Docker holds goes and comes with dockerd: connections to it would hang meanwhile
  const host = state.network.mode === 'docker' ? '127.0.0.1' : state.network.hostAddress;
  const server = { host, port: state.port };
  const [runtime] = await Promise.all([openRuntime({ paths, state, node, log }), untilReachable(server, signal)]);
  const ca = needText(paths.pki, 'ca.crt');
  const { cert, key } = needPair(paths.pki, nodeFile(node.name));
  const address = `https://${server.host}:${server.port}`;
  // Not the pool: its parser is compiled again when it gets hot, which a node's memory shows for ever (12 MiB).
  const client = createClient(nodeHttpsTransport({ server: address, ca, cert, key }), { userAgent: 'kubelet' });
  const services = await servicesOf(config, { server: address, ca });
  const kubelet = createKubelet({
    nodeName: node.name,
    client,
    runtime,
    rootDir: path.join(paths.node(node.name).root, 'kubelet'),
    pullRecords: paths.pullRecords,
    nodeIP: node.address,
    // nodes that share a machine share its ports with others: the API hears which one it became
    port: (await isPortFree(node.kubeletPort, node.address)) ? node.kubeletPort : 0,
    tls: { cert, key, clientCa: ca },
    ...(services && { clusterDns: [services.dnsAddress], clusterDomain: CLUSTER_DOMAIN }),
    ...(node.podCidr !== '' && { podCidr: node.podCidr }),
    providerId: `mkube://${state.name}/${node.name}`,
    ...(hasCgroups(state) && { cgroupRoot: `/${nodeNamespace(state.id, node.index)}` }),
    leaseDurationSeconds: leaseSeconds(state.options.nodeMonitorGracePeriod),
    ...configured,
    log,
  });
  const shutDown = (): Promise<void> => kubelet.shutDown().finally(() => end.abort());
  async function endKubelet(): Promise<void> {
    if (isGraceful(configured) && (await isMachineStopping())) await shutDown();
    else end.abort();
  }
  powerFails.addEventListener('abort', () => void shutDown(), { once: true });
  if (isGraceful(configured)) watchLogind({ onShutdown: () => void shutDown(), signal });
  const running = Promise.all([kubelet.run(signal), services?.run(signal)]);
  await Promise.race([running, untilListening(kubelet, signal)]);
  onReady();
  await running;
  await Promise.allSettled([runtime.close(), client.close()]);
}

/** kubelet.yaml in the cluster's folder, where there is one. */
async function readConfiguration(paths: ClusterPaths): Promise<Partial<KubeletOptions>> {
  const text = readIfThere(paths.kubeletConfig);
  if (text === undefined) return {};
  try {
    return await optionsOfConfiguration(text);
  } catch (cause) {
    throw new ClusterError(`${paths.kubeletConfig}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

const isGraceful = ({ shutdownGrace = [] }: Partial<KubeletOptions>): boolean => shutdownGrace.length > 0;

/** Nodes that share the host's addresses have neither: there pods use the host's resolver, and no Service addresses. */
async function servicesOf(
  { paths, state, node, log }: KubeletConfig,
  api: { server: string; ca: string },
): Promise<NodeServices | undefined> {
  const { network, serviceCidr } = state;
  if (network.mode === 'host') return undefined;
  try {
    const common = { nodeName: node, serviceCidr, api: { ...api, ...needPair(paths.pki, PROXY) }, log };
    if (network.mode === 'docker')
      return startNodePortRelay({ ...common, address: network.hostAddress, networkCidr: network.nodeCidr });
    return await startNodeServices({
      ...common,
      ...(network.mode === 'engine' && {
        neighbour: { of: 'host', link: hostLink(state.id), table: tableName(state.id) },
      }),
    });
  } catch (err) {
    log.error({ err }, 'no Services and no cluster DNS on this node');
    return undefined;
  }
}

/** A place of its own for the node's pods: a user's engine of CRI gets one as well. */
const hasCgroups = ({ network, options }: ClusterState) => network.mode === 'namespaces' || isCri(options.runtime);

/** A lease is renewed four times in its life; nodes that shall be missed sooner have to be heard of more often. 40 of 50 is Kubernetes'. */
function leaseSeconds(gracePeriod = 50): number {
  return Math.min(40, Math.max(1, Math.floor(gracePeriod * 0.8)));
}

/** The node routes between its pods and its own link; a new namespace does not. */
function enableForwarding(log: Logger): void {
  try {
    fs.writeFileSync('/proc/sys/net/ipv4/ip_forward', '1');
  } catch (err) {
    log.warn({ err }, 'cannot enable forwarding: pods will reach only their own node');
  }
}

/** Server and kubelets start at once: the kubelet loads while the server does, and knocks until it answers. */
async function untilReachable(server: { host: string; port: number }, signal: AbortSignal): Promise<void> {
  for (let pause = 5; !signal.aborted; pause = Math.min(pause * 1.5, 1000)) {
    if (await answers(server)) return;
    await wait(pause, undefined, { signal }).catch(() => {});
  }
}

function answers(server: { host: string; port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ ...server, timeout: 1000 });
    const end = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}

async function untilListening(kubelet: Kubelet, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + 1000;
  while (kubelet.port === 0 && !signal.aborted && performance.now() < deadline) await wait(5);
}
