/**
 * What happens in a CRI engine: its own event stream where it has one, else its list of containers, looked at now and then
 * and compared. An engine that restarts is asked again until it answers.
 */
import type { Labels, RuntimeEvent } from '../runtime.ts';
import type { CriClient } from './client.ts';

const UNIMPLEMENTED = 12;
const TYPES: RuntimeEvent['type'][] = ['created', 'started', 'stopped', 'deleted'];

interface Seen {
  state: number;
  sandboxId: string;
}

export function watchCriEvents(
  client: CriClient,
  { scope, pollEvery }: { scope: Labels; pollEvery: number },
  emit: (event: RuntimeEvent) => void,
): { close(): void } {
  let closed = false;
  let stream: { close(): void } | undefined;
  let timer: NodeJS.Timeout | undefined;
  const later = (act: () => void): void => {
    if (!closed) timer = setTimeout(act, pollEvery).unref();
  };
  const listen = (): void => {
    stream = client.events(
      ({ containerId, containerEventType, createdAt, podSandboxStatus }) => {
        const sandboxId = podSandboxStatus?.id ?? '';
        const own = containerId !== sandboxId ? { containerId } : {};
        emit({
          type: TYPES[containerEventType] ?? 'stopped',
          sandboxId,
          ...own,
          at: new Date(Number(createdAt / 1_000_000n)),
        });
      },
      (code) => {
        stream = undefined;
        if (code === UNIMPLEMENTED) void poll(new Map());
        else later(listen);
      },
    );
  };
  const poll = async (before: Map<string, Seen>): Promise<void> => {
    if (closed) return;
    const after = await look(client, scope).catch(() => before); // an engine that is away has not lost its containers
    if (!closed) compare(before, after, emit);
    later(() => void poll(after));
  };
  listen();
  return {
    close() {
      closed = true;
      clearTimeout(timer);
      stream?.close();
    },
  };
}

async function look(client: CriClient, scope: Labels): Promise<Map<string, Seen>> {
  const { containers } = await client.call(
    'ListContainers',
    { filter: { labelSelector: scope } },
    { deadline: 10_000 },
  );
  return new Map(containers.map(({ id, state, podSandboxId }) => [id, { state, sandboxId: podSandboxId }]));
}

function compare(before: Map<string, Seen>, after: Map<string, Seen>, emit: (event: RuntimeEvent) => void): void {
  const at = new Date();
  for (const [containerId, { state, sandboxId }] of after) {
    const old = before.get(containerId)?.state ?? -1;
    // All that was passed through since the last look.
    for (let step = old + 1; step <= Math.min(state, 2); step++)
      emit({ type: TYPES[step] ?? 'stopped', sandboxId, containerId, at });
  }
  for (const [containerId, { sandboxId }] of before)
    if (!after.has(containerId)) emit({ type: 'deleted', sandboxId, containerId, at });
}
