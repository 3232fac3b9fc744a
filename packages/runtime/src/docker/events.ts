/**
 * Docker's own events of what carries our scope. When the engine was away they are asked for again, and what has ended is told
 * again: of what ended while nobody listened there is no event.
 */
import type { RuntimeEvent } from '../runtime.ts';
import { jsonLines, type DockerClient } from './client.ts';
import { ofScope, readContainerLabels, readSandboxLabels, type Scope } from './labels.ts';
import type { DockerEvent, DockerSummary } from './types.ts';

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
  let wasAway = false;
  const tellEnded = async (): Promise<void> => {
    const query = { all: true, filters: JSON.stringify(ofScope(scope)) };
    const ended = (await client.call<DockerSummary[]>('/containers/json', { query })).filter(
      ({ State }) => State !== 'running' && State !== 'created',
    );
    for (const { Id, Labels } of ended) tell('stopped', { id: Id, labels: Labels, at: new Date() }, emit);
  };
  const listen = async (): Promise<void> => {
    const stream = await client.open('/events', { query: { filters }, signal: stop.signal });
    if (wasAway) await tellEnded();
    wasAway = true; // whenever this is not the first time
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
  if (type) tell(type, { id: Actor.ID, labels: Actor.Attributes, at: new Date(timeNano / 1e6) }, emit);
}

function tell(
  type: RuntimeEvent['type'],
  { id, labels, at }: { id: string; labels: Record<string, string>; at: Date },
  emit: (event: RuntimeEvent) => void,
): void {
  const known = readContainerLabels(labels);
  if (known) emit({ type, sandboxId: known.sandboxId, containerId: id, at });
  else if (readSandboxLabels(labels)) emit({ type, sandboxId: id, at });
}
