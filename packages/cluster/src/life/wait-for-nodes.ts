/** Waits until nodes are Ready, as the API says, with admin's certificate. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Node } from '@mkube/api';
import type { ClusterState } from '../state/cluster-state.ts';
import { adminClient } from './admin-client.ts';
import type { ClusterContext } from './context.ts';

const isReady = (node: Node) =>
  node.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') === true;

/** The names of those that are Ready: all of `wanted`, or what there was when the time was over. */
export async function waitForNodes(
  context: ClusterContext,
  state: ClusterState,
  wanted: readonly string[],
  seconds: number,
): Promise<string[]> {
  if (wanted.length === 0) return [];
  const client = adminClient(context, state);
  const deadline = performance.now() + seconds * 1000;
  try {
    for (let pause = 10; ; pause = Math.min(pause * 1.5, 250)) {
      const { items } = await client.nodes.list({ signal: context.signal });
      const ready = items.filter((n) => wanted.includes(n.metadata.name) && isReady(n)).map((n) => n.metadata.name);
      if (ready.length === wanted.length || performance.now() >= deadline) return ready;
      await wait(pause, undefined, { signal: context.signal });
    }
  } finally {
    await client.close();
  }
}
