/** Keeps the Node's status true: looked at every few seconds, written when it changed or when the report is due. */
import { isDeepStrictEqual } from 'node:util';
import type { NodeStatus } from '@mkube/api';
import { type Client, type Clock, pause } from '@mkube/client';
import type { Logger } from 'pino';
import { nodeStatusPatchOf, withoutHeartbeats } from './node-status.ts';
import { withDeadline } from '../deadline.ts';

export interface StatusLoopOptions {
  client: Client;
  nodeName: string;
  /** As it is now; keeps the times of conditions that did not change. */
  look(before: NodeStatus | undefined): Promise<NodeStatus>;
  /** What the API has. */
  initial: NodeStatus | undefined;
  lookEveryMs: number;
  /** Resolves when it is to be looked at sooner. */
  woken(): Promise<void>;
  reportEveryMs: number;
  clock: Clock;
  random: () => number;
  log: Logger;
  signal: AbortSignal;
}

const DEADLINE_MS = 10_000;

export async function runNodeStatus(options: StatusLoopOptions): Promise<void> {
  const { client, nodeName, clock, log, signal, random } = options;
  let written = options.initial;
  let reportedAt = -Infinity;
  while (!signal.aborted) {
    try {
      const status = await options.look(written);
      const isDue = clock.monotonic() - reportedAt >= options.reportEveryMs;
      if (isDue || !isDeepStrictEqual(withoutHeartbeats(status), withoutHeartbeats(written))) {
        const limit = withDeadline(signal, DEADLINE_MS);
        await client.nodes.patch({ name: nodeName }, 'strategic', nodeStatusPatchOf(status), {
          subresource: 'status',
          signal: limit,
        });
        written = status;
        reportedAt = clock.monotonic();
      }
    } catch (error) {
      if (signal.aborted) return;
      const why = error instanceof Error ? error.message : String(error);
      log.warn({ why }, 'cannot report the status of the node: trying again');
    }
    await pauseUntil(options.woken(), { clock, ms: options.lookEveryMs * (0.95 + random() * 0.1), signal });
  }
}

async function pauseUntil(
  woken: Promise<void>,
  { clock, ms, signal }: { clock: Clock; ms: number; signal: AbortSignal },
): Promise<void> {
  const enough = new AbortController();
  await Promise.race([pause(clock, ms, AbortSignal.any([signal, enough.signal])), woken]);
  enough.abort();
}
