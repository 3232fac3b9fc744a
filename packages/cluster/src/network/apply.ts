/** Carries out a NetworkPlan: two rounds of `ip -batch`, one `nft -f`, forwarding on the host. */
import fs from 'node:fs';
import { ensureDockerNetwork } from '@mkube/runtime';
import { needTool, runTool } from '../processes/exec.ts';
import { ClusterError } from '../state/cluster-error.ts';
import type { ClusterNode, ClusterState } from '../state/cluster-state.ts';
import { hostLink, nodeNamespace, nodePort, prefixOf, switchNamespace } from './names.ts';
import { hostLinks, observeNetwork, staleNamespaceFiles } from './observe.ts';
import { type Batch, dockerUserRules, planEngineNetwork, planNetwork, planNodeGone } from './plan.ts';
import { dockerRangesOf } from './subnets.ts';

/** Brings the switch and these nodes up; what is there already stays as it is. */
export async function applyNetwork(state: ClusterState, nodes: readonly ClusterNode[]): Promise<void> {
  try {
    if (state.network.mode === 'engine') await applyEngineNetwork(state, nodes);
    else if (state.network.mode === 'docker') await applyDockerNetwork(state);
    else await applyNamespaces(state, nodes);
  } catch (error) {
    throw new ClusterError(`cannot set up the cluster's network: ${messageOf(error)}`, { cause: error });
  }
}

async function applyNamespaces(state: ClusterState, nodes: readonly ClusterNode[]): Promise<void> {
  for (const file of staleNamespaceFiles(state.id)) fs.rmSync(file);
  const plan = planNetwork(state, nodes, await observeNetwork(state.id));
  await runBatch(plan.create);
  enableForwarding();
  await Promise.all([
    ...plan.configure.map(runBatch),
    needTool('nft', ['-f', '-'], { input: plan.nft }),
    ensureDockerAccepts(state.id),
  ]);
}

async function applyEngineNetwork(state: ClusterState, nodes: readonly ClusterNode[]): Promise<void> {
  enableForwarding();
  await runBatch(planEngineNetwork(state, nodes, { hasHostLink: hostLinks().has(hostLink(state.id)) }));
}

async function applyDockerNetwork({ id, network, options }: ClusterState): Promise<void> {
  const { engineSocket: socketPath = '' } = options;
  const ranges = dockerRangesOf(network.nodeCidr);
  await ensureDockerNetwork({ socketPath, cluster: prefixOf(id), link: hostLink(id), ...ranges });
}

/** Power off: the node's namespace and its cable go; the others keep their routes. */
export async function removeNodeNetwork(state: ClusterState, node: ClusterNode): Promise<void> {
  const { namespaces, switchLinks } = await observeNetwork(state.id);
  const port = nodePort(node.index);
  // the cable first: the kernel removes that of a deleted namespace only some time later
  if (switchLinks.has(port)) await runBatch({ namespace: switchNamespace(state.id), lines: [`link del ${port}`] });
  const name = nodeNamespace(state.id, node.index);
  const own = [...namespaces].filter((n) => n === name || n.startsWith(`${name}-`));
  if (own.length > 0) await runBatch({ lines: own.map((n) => `netns del ${n}`) });
}

/** The node leaves for good: its routes go as well. Routes that are not there are no fault. */
export async function forgetNodeNetwork(state: ClusterState, gone: ClusterNode, running: readonly ClusterNode[]) {
  await Promise.all(planNodeGone(state, gone, running).map((b) => runTool('ip', argsOf(b), { input: textOf(b) })));
}

/**
 * Lets the cluster's packets pass where dockerd filters FORWARD; true when rules were added. Called again now and then: dockerd
 * may start later, and makes its chain then.
 */
export async function ensureDockerAccepts(id: string): Promise<boolean> {
  const links = hostLinks();
  if (!links.has('docker0') || !links.has(hostLink(id))) return false;
  let added = false;
  for (const rule of dockerUserRules(id)) {
    const check = await runTool('iptables', ['-w', '-C', ...rule]).catch(() => undefined);
    if (check === undefined || check.code === 0) continue;
    const insert = await runTool('iptables', ['-w', '-I', ...rule]);
    added ||= insert.code === 0;
  }
  return added;
}

function enableForwarding(): void {
  const file = '/proc/sys/net/ipv4/ip_forward';
  if (fs.readFileSync(file, 'utf8').trim() !== '1') fs.writeFileSync(file, '1');
}

async function runBatch(batch: Batch): Promise<void> {
  if (batch.lines.length > 0) await needTool('ip', argsOf(batch), { input: textOf(batch) });
}

const argsOf = ({ namespace }: Batch) => [...(namespace === undefined ? [] : ['-n', namespace]), '-batch', '-'];
const textOf = ({ lines }: Batch) => `${lines.join('\n')}\n`;
const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
