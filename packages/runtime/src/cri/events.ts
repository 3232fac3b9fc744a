/**
 * What happens in a CRI engine: its own event stream where it has one, else its list of containers, looked at now and then
 * and compared; at once where a containerd says that a task started or ended. An engine that restarts is asked again until it
 * answers.
 */
import type { Labels, RuntimeEvent } from '../runtime.ts';
import type { CriClient } from './client.ts';
import type { CriEvent } from './types.ts';

const UNIMPLEMENTED = 12;
/** A container's state. */
const EXITED = 2;
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
  const state: Watching = { client, scope, pollEvery, emit, closed: false, streams: new Set(), wake: () => undefined };
  follow(state, {
    open: (onEnd) => client.events((event) => emit(eventOf(event)), onEnd),
    // an engine without events of its own is looked at, and sooner where containerd says that something happened
    onUnknown() {
      void poll(state);
      follow(state, { open: (onEnd) => client.taskEvents(() => lookSoon(state), onEnd), onUnknown: () => undefined });
    },
  });
  return {
    close() {
      state.closed = true;
      state.wake();
      for (const stream of state.streams) stream.close();
    },
  };
}

interface Watching {
  client: CriClient;
  scope: Labels;
  pollEvery: number;
  emit(event: RuntimeEvent): void;
  closed: boolean;
  streams: Set<{ close(): void }>;
  /** Ends the pause before the next look. */
  wake(): void;
  /** Looks that are due because of what was heard. */
  soon?: NodeJS.Timeout;
  settled?: NodeJS.Timeout;
}

/** Listens to a stream, and again when it broke off; `onUnknown` where the engine has no such stream. */
function follow(
  state: Watching,
  source: { open(onEnd: (code: number) => void): { close(): void }; onUnknown(): void },
): void {
  if (state.closed) return;
  const stream = source.open((code) => {
    state.streams.delete(stream);
    if (state.closed) return;
    if (code === UNIMPLEMENTED) source.onUnknown();
    else setTimeout(() => followAgain(state, source), state.pollEvery).unref();
  });
  state.streams.add(stream);
}

/** Of what ended while nobody listened there is no event: all that has ended is told again. */
function followAgain(state: Watching, source: Parameters<typeof follow>[1]): void {
  follow(state, source);
  look(state).then(
    (found) => {
      const at = new Date();
      for (const [containerId, { state: of, sandboxId }] of state.closed ? [] : found)
        if (of === EXITED) state.emit({ type: 'stopped', sandboxId, containerId, at });
    },
    () => undefined, // still away: then the stream breaks off as well
  );
}

async function poll(state: Watching): Promise<void> {
  for (let before = new Map<string, Seen>(); !state.closed;) {
    const known = before;
    const after = await look(state).catch(() => known); // an engine that is away has not lost its containers
    if (!state.closed) compare(before, after, state.emit);
    before = after;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, state.pollEvery).unref();
      state.wake = () => (clearTimeout(timer), resolve());
    });
  }
}

const SOON_MS = 20;
const SETTLED_MS = 200;

/** CRI's side of containerd hears of it at the same time as we do: it may take a moment until its list says so. */
function lookSoon(state: Watching): void {
  const wake = (): void => state.wake();
  state.soon ??= setTimeout(() => ((state.soon = undefined), wake()), SOON_MS).unref();
  clearTimeout(state.settled);
  state.settled = setTimeout(wake, SETTLED_MS).unref();
}

function eventOf({ containerId, containerEventType, createdAt, podSandboxStatus }: CriEvent): RuntimeEvent {
  const sandboxId = podSandboxStatus?.id ?? '';
  const own = containerId !== sandboxId ? { containerId } : {};
  const type = TYPES[containerEventType] ?? 'stopped';
  return { type, sandboxId, ...own, at: new Date(Number(createdAt / 1_000_000n)) };
}

async function look({ client, scope }: Watching): Promise<Map<string, Seen>> {
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
