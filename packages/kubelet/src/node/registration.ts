/** Makes the Node known to the API, or finds it there and brings its labels up to date. Tried until it works. */
import { isDeepStrictEqual } from 'node:util';
import type { Node } from '@mkube/api';
import { AlreadyExists, type Input } from '@mkube/apimachinery';
import { type Client, type Clock, pause } from '@mkube/client';
import type { Logger } from 'pino';
import { withDeadline } from '../deadline.ts';

export interface RegisterOptions {
  client: Client;
  /** Asked again for every try: its status has the time in it. */
  node(): Promise<Input<Node>>;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
}

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 7000;
const DEADLINE_MS = 10_000;

export async function registerNode(options: RegisterOptions): Promise<Node | undefined> {
  const { clock, log, signal } = options;
  for (let wait = FIRST_WAIT_MS; !signal.aborted; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    try {
      return await registerOnce(options);
    } catch (error) {
      if (signal.aborted) return undefined;
      const why = error instanceof Error ? error.message : String(error);
      log.warn({ why }, 'cannot register the node: trying again');
      await pause(clock, wait, signal);
    }
  }
  return undefined;
}

async function registerOnce({ client, node, signal: outer }: RegisterOptions): Promise<Node> {
  const signal = withDeadline(outer, DEADLINE_MS);
  const wanted = await node();
  const name = { name: wanted.metadata?.name ?? '' };
  try {
    return await client.nodes.create(wanted, { signal });
  } catch (error) {
    if (!(error instanceof AlreadyExists)) throw error;
  }
  const present = await client.nodes.get(name, { signal });
  const labels = { ...present.metadata.labels, ...wanted.metadata?.labels };
  const annotations = { ...present.metadata.annotations, ...wanted.metadata?.annotations };
  const isSame =
    isDeepStrictEqual(labels, present.metadata.labels ?? {}) &&
    isDeepStrictEqual(annotations, present.metadata.annotations ?? {});
  if (isSame) return present;
  return client.nodes.patch(name, 'strategic', { metadata: { labels, annotations } }, { signal });
}
