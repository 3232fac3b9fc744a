/** `mkube node …`: nodes join, lose power, come back and leave. The rest of the cluster goes on meanwhile. */
import fs from 'node:fs';
import { NotFound } from '@mkube/apimachinery';
import { isCri } from '../engines/names.ts';
import { removeContainers } from '../engines/power-off.ts';
import { applyNetwork, forgetNodeNetwork } from '../network/apply.ts';
import { readPidFile } from '../processes/pid-file.ts';
import { ensurePki } from '../pki/pki.ts';
import { ClusterError } from '../state/cluster-error.ts';
import { type ClusterNode, type ClusterState, needsRoot, writeClusterState } from '../state/cluster-state.ts';
import { type ClusterContext, type ClusterRef, contextOf, needState, withClusterLock } from './context.ts';
import { planNode } from './node-plan.ts';
import { runStep } from './progress.ts';
import { startKubelet } from './start.ts';
import type { Graceful } from './down.ts';
import { endPods, powerOff } from './stop.ts';
import { adminClient } from './admin-client.ts';
import { waitForNodes } from './wait-for-nodes.ts';

export interface NodeRef extends ClusterRef {
  node: string;
}

const READY_SECONDS = 30;

/** Adds a node, named or `node-<n>`, and starts it. */
export async function nodeAdd(ref: ClusterRef & { node?: string }): Promise<ClusterNode> {
  return change(ref, async (context, state) => {
    if (isCri(state.options.runtime))
      throw new ClusterError(`cluster "${state.name}" runs on ${state.options.runtime}, which is one node`);
    const node = planNode(state.network, state.nodes, { name: ref.node });
    const next = { ...state, nodes: [...state.nodes, node] };
    writeClusterState(context.paths, next, context.owner);
    await ensurePki({ folder: context.paths.pki, state: next, owner: context.owner, now: new Date() });
    await start(context, next, node);
    return node;
  });
}

/** Power off: its containers die, its address answers no more; the API learns of it by the silence. */
export async function nodeStop(ref: NodeRef & Graceful): Promise<ClusterNode> {
  return change(ref, async (context, state) => {
    const node = needNode(state, ref.node);
    const next = withNode(state, { ...node, wanted: 'stopped' });
    writeClusterState(context.paths, next, context.owner);
    await runStep(context.progress, node.name, `Stopping node ${node.name}`, async () => {
      if (ref.graceful) await endPods(context, [node]);
      await powerOff(context, next, node);
    });
    return node;
  });
}

export async function nodeStart(ref: NodeRef): Promise<ClusterNode> {
  return change(ref, async (context, state) => {
    const node: ClusterNode = { ...needNode(state, ref.node), wanted: 'running' };
    const next = withNode(state, node);
    writeClusterState(context.paths, next, context.owner);
    await start(context, next, node);
    return node;
  });
}

/** Stops it, takes its pods (which are dead for certain, and need no grace), its Node object and its files away. */
export async function nodeRemove(ref: NodeRef): Promise<ClusterNode> {
  return change(ref, async (context, state) => {
    const { paths, owner } = context;
    const node = needNode(state, ref.node);
    await runStep(context.progress, node.name, `Removing node ${node.name}`, async () => {
      await powerOff(context, state, node);
      await removeContainers({ state, node });
      await deleteObjects(context, state, node.name);
      const next = { ...state, nodes: state.nodes.filter((n) => n.name !== node.name) };
      writeClusterState(paths, next, owner);
      if (state.network.mode === 'namespaces') await forgetNodeNetwork(state, node, running(next));
      const { root, log } = paths.node(node.name);
      const leaves = ['crt', 'key'].map((ending) => `${paths.pki}/node-${node.name}.${ending}`);
      for (const file of [root, log, ...leaves]) fs.rmSync(file, { recursive: true, force: true });
    });
    return node;
  });
}

async function start(context: ClusterContext, state: ClusterState, node: ClusterNode): Promise<void> {
  await runStep(context.progress, node.name, `Starting node ${node.name}`, async () => {
    if (state.network.mode !== 'host') await applyNetwork(state, running(state));
    await startKubelet(context, state, node);
    const ready = await waitForNodes(context, state, [node.name], READY_SECONDS);
    if (ready.length === 0)
      throw new ClusterError(
        `node ${node.name} is not Ready after ${READY_SECONDS} seconds: see 'mkube describe node ${node.name}' and ${context.paths.node(node.name).log}`,
      );
  });
}

function change<T>(ref: ClusterRef, work: (context: ClusterContext, state: ClusterState) => Promise<T>): Promise<T> {
  const context = contextOf(ref);
  needState(context);
  return withClusterLock(context, () => {
    const state = needState(context);
    if (needsRoot(state) && process.getuid?.() !== 0)
      throw new ClusterError(`cluster "${state.name}" was started by root: use sudo`);
    if (readPidFile(context.paths.serverPid) === undefined)
      throw new ClusterError(`cluster "${state.name}" is not up: start it with 'mkube up'`);
    return work(context, state);
  });
}

function needNode(state: ClusterState, name: string): ClusterNode {
  const node = state.nodes.find((n) => n.name === name);
  if (node !== undefined) return node;
  const names = state.nodes.map((n) => n.name).join(', ') || 'none';
  throw new ClusterError(`cluster "${state.name}" has no node "${name}": its nodes are ${names}`);
}

const withNode = (state: ClusterState, node: ClusterNode): ClusterState => ({
  ...state,
  nodes: state.nodes.map((n) => (n.name === node.name ? node : n)),
});

const running = (state: ClusterState) => state.nodes.filter((n) => n.wanted === 'running');

async function deleteObjects(context: ClusterContext, state: ClusterState, name: string): Promise<void> {
  const client = adminClient(context, state);
  try {
    const { items } = await client.pods.list({ fieldSelector: `spec.nodeName=${name}` });
    const gone = items.map(({ metadata }) => client.pods.delete(metadata, { gracePeriodSeconds: 0 }));
    await Promise.all([...gone, client.nodes.delete({ name })].map(ignoreNotFound));
  } finally {
    await client.close();
  }
}

function ignoreNotFound(deleting: Promise<unknown>): Promise<unknown> {
  return deleting.catch((error: unknown) => {
    if (!(error instanceof NotFound)) throw error;
  });
}
