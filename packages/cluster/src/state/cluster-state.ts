/**
 * cluster.json: all that has to be remembered between two commands. Written atomically; a state of a newer version is
 * refused, so that an older mkube never loses what it does not know. Readers that only look never write.
 */
import { ClusterError } from './cluster-error.ts';
import type { Caller } from './caller.ts';
import { readIfThere, writeFileAtomically } from './files.ts';
import type { ClusterPaths } from './paths.ts';

export const STATE_VERSION = 1;

export type RuntimeChoice = 'runc' | 'containerd' | 'docker' | `cri://${string}` | 'process' | 'fake';

export interface ClusterOptions {
  runtime: RuntimeChoice;
  /** Of a dockerd that was there when the cluster was made. */
  engineSocket?: string;
  /** A store URL; absent: LevelDB in the cluster's folder. */
  store?: string;
  /** Seconds; absent: Kubernetes' own default. */
  nodeMonitorGracePeriod?: number;
  podEvictionTolerationSeconds?: number;
}

export interface ClusterNetwork {
  /**
   * namespaces: every node is a network namespace of its own; host: nodes share the host's network; engine: the host is the one
   * node, under addresses of its own, and pods are in the network of their engine; docker: without root, nodes share the host's
   * address in a network of Docker's, where their pods are.
   */
  mode: 'namespaces' | 'host' | 'engine' | 'docker';
  /** Nodes and the host: a /24, in mode docker all of its network. Empty in mode host. */
  nodeCidr: string;
  /** All pods: a /16, a /24 of it per node. Empty where others give them addresses. */
  podCidr: string;
  /** The host's own address on the switch, or for pods of an engine; 127.0.0.1 in mode host. */
  hostAddress: string;
  mtu: number;
}

export interface ClusterNode {
  name: string;
  /** 1 to 250; names its namespace and picks its addresses. Kept for the life of the node. */
  index: number;
  address: string;
  podCidr: string;
  kubeletPort: number;
  /** 'stopped' by `node stop`: `up` leaves it off. */
  wanted: 'running' | 'stopped';
}

export interface ClusterState {
  version: number;
  /** Six digits, see paths.ts. */
  id: string;
  name: string;
  createdAt: string;
  /** Of the API on 127.0.0.1 and on network.hostAddress. */
  port: number;
  serviceCidr: string;
  network: ClusterNetwork;
  nodes: ClusterNode[];
  options: ClusterOptions;
}

/** Whether what the cluster has on the machine is root's. */
export const needsRoot = ({ network }: ClusterState): boolean =>
  network.mode === 'namespaces' || network.mode === 'engine';

export function readClusterState(paths: ClusterPaths): ClusterState | undefined {
  const text = readIfThere(paths.clusterFile);
  return text === undefined ? undefined : parseClusterState(text, paths.clusterFile);
}

export function writeClusterState(paths: ClusterPaths, state: ClusterState, owner: Caller): void {
  writeFileAtomically(paths.clusterFile, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o644, owner });
}

export function parseClusterState(text: string, file: string): ClusterState {
  let state: unknown;
  try {
    state = JSON.parse(text);
  } catch (error) {
    throw new ClusterError(`${file} is damaged (not JSON): restore it, or remove the cluster with 'mkube reset'`, {
      cause: error,
    });
  }
  const version = versionOf(state);
  if (version === undefined) throw new ClusterError(`${file} is not a cluster's state: restore it, or 'mkube reset'`);
  if (version > STATE_VERSION)
    throw new ClusterError(
      `${file} has state version ${version}, this mkube knows up to ${STATE_VERSION}: use the newer mkube that wrote it`,
    );
  return state as ClusterState;
}

function versionOf(state: unknown): number | undefined {
  if (typeof state !== 'object' || state === null || !('version' in state)) return undefined;
  return typeof state.version === 'number' ? state.version : undefined;
}
