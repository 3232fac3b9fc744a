/** Docker's own events of what carries our scope; asked for again when the engine was away. */
import type { RuntimeEvent } from '../runtime.ts';
import { jsonLines, type DockerClient } from './client.ts';
import { ofScope, readContainerLabels, readSandboxLabels, type Scope } from './labels.ts';
import type { DockerEvent } from './types.ts';

const TYPES: Record<string, RuntimeEvent['type']> = {
  create: 'created',
  start: 'started',
  die: 'stopped',
  destroy: 'deleted',
};
const AGAIN_MS = 500;

export function watchDockerEvents(
  client: DockerClient,
  scope: Scope,
  emit: (event: RuntimeEvent) => void,
): { close(): void } {
  const stop = new AbortController();
  const filters = JSON.stringify({ type: ['container'], ...ofScope(scope) });
  const listen = async (): Promise<void> => {
    const stream = await client.open('/events', { query: { filters }, signal: stop.signal });
    for await (const event of jsonLines<DockerEvent>(stream)) translate(event, emit);
  };
  const again = (): void => {
    if (!stop.signal.aborted) setTimeout(run, AGAIN_MS).unref();
  };
  const run = (): void => void listen().then(again, again);
  run();
  return { close: () => stop.abort() };
}

function translate({ Action, Actor, timeNano }: DockerEvent, emit: (event: RuntimeEvent) => void): void {
  const type = TYPES[Action];
  if (!type) return;
  const at = new Date(timeNano / 1e6);
  const known = readContainerLabels(Actor.Attributes);
  if (known) emit({ type, sandboxId: known.sandboxId, containerId: Actor.ID, at });
  else if (readSandboxLabels(Actor.Attributes)) emit({ type, sandboxId: Actor.ID, at });
}
