/** `mkube status`: what of a cluster runs, from its state, its processes and (with a short deadline) its API. Changes nothing. */
import fs from 'node:fs';
import type { Node } from '@mkube/api';
import { readPidFile } from '../processes/pid-file.ts';
import { type Env, callerOf, mkubeHomeOf } from '../state/caller.ts';
import type { ClusterNode, ClusterState } from '../state/cluster-state.ts';
import { isDnsLabel } from '../state/names.ts';
import { clusterPaths } from '../state/paths.ts';
import { type ClusterContext, type ClusterRef, contextOf, needState } from './context.ts';
import { adminClient } from './admin-client.ts';

export interface PartStatus {
  state: 'running' | 'stopped';
  pid?: number;
  log: string;
}

export interface NodeStatus extends PartStatus {
  name: string;
  address: string;
  podCidr: string;
  /** The Ready condition, as the API says; 'Unknown' where it cannot be asked. */
  ready: 'True' | 'False' | 'Unknown';
}

export interface ClusterStatus {
  name: string;
  /** partial: some part that should run does not; `mkube up` mends it. */
  state: 'running' | 'partial' | 'stopped';
  /** 'https://127.0.0.1:6443' */
  address: string;
  folder: string;
  runtime: string;
  createdAt: string;
  server: PartStatus;
  nodes: NodeStatus[];
}

export async function status(ref: ClusterRef): Promise<ClusterStatus> {
  const context = contextOf(ref);
  const state = needState(context);
  const server = partOf(context.paths.serverPid, context.paths.serverLog);
  const nodes = server.state === 'running' ? await askNodes(context, state) : [];
  const nodeStatuses = state.nodes.map((node) => nodeStatus(context, node, nodes));
  return {
    name: state.name,
    state: summaryOf(server, state.nodes, nodeStatuses),
    address: `https://127.0.0.1:${state.port}`,
    folder: context.paths.root,
    runtime: state.options.runtime,
    createdAt: state.createdAt,
    server,
    nodes: nodeStatuses,
  };
}

/** The names of all clusters of the caller. */
export function listClusters(env: Env): string[] {
  const home = mkubeHomeOf(env, callerOf(env));
  if (!fs.existsSync(home)) return [];
  return fs
    .readdirSync(home)
    .filter((name) => isDnsLabel(name) && fs.existsSync(clusterPaths(home, name).clusterFile))
    .toSorted();
}

function partOf(pidFile: string, log: string): PartStatus {
  const id = readPidFile(pidFile);
  return id === undefined ? { state: 'stopped', log } : { state: 'running', pid: id.pid, log };
}

function nodeStatus({ paths }: ClusterContext, node: ClusterNode, live: readonly Node[]): NodeStatus {
  const { pid, log } = paths.node(node.name);
  const conditions = live.find((n) => n.metadata.name === node.name)?.status?.conditions ?? [];
  const ready = conditions.find((c) => c.type === 'Ready')?.status ?? 'Unknown';
  return {
    name: node.name,
    ...partOf(pid, log),
    address: node.address,
    podCidr: node.podCidr,
    ready: ready === 'True' || ready === 'False' ? ready : 'Unknown',
  };
}

async function askNodes(context: ClusterContext, state: ClusterState): Promise<Node[]> {
  const client = adminClient(context, state);
  try {
    return (await client.nodes.list({ signal: AbortSignal.timeout(3000) })).items;
  } catch {
    return [];
  } finally {
    await client.close();
  }
}

function summaryOf(server: PartStatus, nodes: readonly ClusterNode[], found: readonly NodeStatus[]) {
  const wanted = nodes.filter((n) => n.wanted === 'running').map((n) => n.name);
  const running = found.filter((n) => n.state === 'running').map((n) => n.name);
  if (server.state === 'stopped' && running.length === 0) return 'stopped';
  return server.state === 'running' && wanted.every((name) => running.includes(name)) ? 'running' : 'partial';
}
