/** The node as the API sees it: registered, kept alive by its lease, its status true. Runs until the signal aborts. */
import type { Node, NodeStatus } from '@mkube/api';
import type { Pressure } from '../eviction/pressure.ts';
import type { Settings } from '../options.ts';
import { runHeartbeat } from './lease.ts';
import { newNodeOf, type NodeFacts, nodeStatusOf } from './node-status.ts';
import { registerNode } from './registration.ts';
import { runNodeStatus } from './status-loop.ts';

export async function runNode(
  settings: Settings,
  { facts, onNode, pressure }: { facts: NodeFacts; onNode(node: Node | undefined): void; pressure(): Pressure },
  signal: AbortSignal,
): Promise<void> {
  const { client, clock, log, nodeName, podCidr, providerId } = settings;
  const look = (before: NodeStatus | undefined): Promise<NodeStatus> =>
    lookAtNode(settings, { facts, pressure: pressure() }, before);
  const registration = { labels: settings.nodeLabels, annotations: settings.nodeAnnotations, podCidr, providerId };
  const node = await registerNode({
    client,
    clock,
    log,
    signal,
    node: async () => newNodeOf(facts, await look(undefined), registration),
  });
  onNode(node);
  if (!node) return;
  log.info({ node: nodeName }, 'the node is registered');
  const lookEveryMs = settings.nodeStatusUpdateSeconds * 1000;
  const reportEveryMs = settings.nodeStatusReportSeconds * 1000;
  await Promise.all([
    runHeartbeat({ ...settings, node, signal }),
    runNodeStatus({ ...settings, look, initial: node.status, lookEveryMs, reportEveryMs, signal }),
  ]);
}

async function lookAtNode(
  { runtime, clock }: Settings,
  { facts, pressure }: { facts: NodeFacts; pressure: Pressure },
  before: NodeStatus | undefined,
): Promise<NodeStatus> {
  const [state, images] = await Promise.all([
    runtime.status().catch((error: unknown) => ({
      runtimeReady: false,
      networkReady: false,
      message: error instanceof Error ? error.message : String(error),
    })),
    runtime.listImages().catch(() => []),
  ]);
  const fault = state.runtimeReady && state.networkReady ? '' : state.message || 'container runtime is down';
  return nodeStatusOf(facts, { now: clock.now(), fault, images, pressure }, before);
}
