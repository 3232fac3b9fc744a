/** The node as the API sees it: registered, kept alive by its lease, its status true. Runs until the signal aborts. */
import type { Node, NodeStatus } from '@mkube/api';
import type { Pressure } from '../eviction/pressure.ts';
import type { NodeEvents } from '../events.ts';
import type { Settings } from '../options.ts';
import { runHeartbeat } from './lease.ts';
import { newNodeOf, type NodeFacts, nodeStatusOf } from './node-status.ts';
import { nodeEventsBetween } from './node-events.ts';
import { registerNode } from './registration.ts';
import { createRuntimeState } from './runtime-state.ts';
import { runNodeStatus } from './status-loop.ts';

export interface NodeRoom {
  facts: NodeFacts;
  onNode(node: Node | undefined): void;
  pressure(): Pressure;
  /** Why the node is not ready, whatever its runtime says; '' while there is nothing. */
  fault(): string;
  events: NodeEvents;
  /** Resolves when the status is to be looked at sooner than usual. */
  woken(): Promise<void>;
}

export async function runNode(
  settings: Settings,
  { facts, onNode, events, ...now }: NodeRoom,
  signal: AbortSignal,
): Promise<void> {
  const { client, clock, log, nodeName, podCidr, providerId } = settings;
  const lookAtRuntime = createRuntimeState(settings);
  let told: NodeStatus | undefined;
  const look = async (before: NodeStatus | undefined): Promise<NodeStatus> => {
    const { fault: down, images } = await lookAtRuntime();
    const fault = [down, now.fault()].filter(Boolean).join(', ');
    const status = nodeStatusOf(facts, { now: clock.now(), fault, images, pressure: now.pressure() }, before);
    for (const { type, reason, message } of nodeEventsBetween(nodeName, before ?? told, status))
      events.ofNode(type, reason, message);
    return (told = status);
  };
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
    runNodeStatus({ ...settings, look, woken: now.woken, initial: node.status, lookEveryMs, reportEveryMs, signal }),
  ]);
}
