/**
 * The machine shuts down: the node tells that it is not ready, takes no more pods, and ends those it has, group by group, each
 * with the time that its priority gives it. When `begin` resolves, nothing runs and the API knows how each pod ended.
 */
import { type Clock, pause } from '@mkube/client';
import type { Logger } from 'pino';
import type { NodeEvents } from '../events.ts';
import { isRunning } from '../pods/observed.ts';
import type { Pods } from '../pods/pods.ts';
import { describePod, isTerminal } from '../pods/spec.ts';
import type { StatusWriter } from '../pods/status-writer.ts';
import type { PodWorker } from '../pods/worker.ts';
import { graceOf, graceSecondsIn, planShutdown, type ShutdownGrace, type ShutdownGroup } from './plan.ts';

export const SHUTTING_DOWN = 'node is shutting down';
export const SHUTDOWN_REFUSAL = { reason: 'NodeShutdown', message: 'Pod was rejected as the node is shutting down.' };

const TERMINATED = {
  reason: 'Terminated',
  message: 'Pod was terminated in response to imminent node shutdown.',
} as const;

export interface ShutdownDeps {
  pods: Pods;
  statuses: StatusWriter;
  nodeEvents: NodeEvents;
  shutdownGrace: readonly ShutdownGrace[];
  clock: Clock;
  log: Logger;
  /** The node's condition has changed: it is to be told at once. */
  onBegin(): void;
}

export interface Shutdown {
  readonly isUnderWay: boolean;
  /** Idempotent: who asks again waits for the same end. */
  begin(signal: AbortSignal): Promise<void>;
}

const LOOK_AGAIN_MS = 50;
/** For a pod to be gone after its last container was killed. */
const PATIENCE_MS = 3000;
/** Where nothing was configured and somebody asks for grace all the same. */
const USUAL = graceOf(30, 10);

export function createShutdown(deps: ShutdownDeps): Shutdown {
  let running: Promise<void> | undefined;
  return {
    get isUnderWay() {
      return running !== undefined;
    },
    begin: (signal) => (running ??= shutDown(deps, signal)),
  };
}

async function shutDown(deps: ShutdownDeps, signal: AbortSignal): Promise<void> {
  const { pods, nodeEvents, log, onBegin, shutdownGrace } = deps;
  await Promise.resolve(); // so that it counts as under way from here on
  log.info('the machine shuts down: ending the pods of the node');
  nodeEvents.ofNode('Normal', 'NodeShutdown', 'Shutdown manager detected shutdown event');
  onBegin();
  const active = [...pods.workers()].filter(({ pod }) => !isTerminal(pod));
  const groups = planShutdown(
    shutdownGrace.length > 0 ? shutdownGrace : USUAL,
    active.map(({ pod }) => pod),
  );
  for (const group of groups) {
    const workers = active.filter(({ pod }) => group.pods.includes(pod));
    await endGroup(deps, group, { workers, signal });
  }
}

async function endGroup(
  { statuses, clock, log }: ShutdownDeps,
  group: ShutdownGroup,
  { workers, signal }: { workers: readonly PodWorker[]; signal: AbortSignal },
): Promise<void> {
  const since = clock.now();
  for (const worker of workers) {
    const graceSeconds = graceSecondsIn(group, worker.pod);
    const disruption = TERMINATED.message;
    log.info({ pod: describePod(worker.pod), graceSeconds }, 'ending a pod');
    worker.condemn({ reason: 'shutdown', since, graceSeconds, status: TERMINATED, disruption });
  }
  const deadline = clock.monotonic() + group.seconds * 1000 + PATIENCE_MS;
  const isOver = ({ state }: PodWorker): boolean =>
    state.released || state.forgottenAt !== undefined || state.deletionSent;
  while (!workers.every(isOver) && clock.monotonic() < deadline && !signal.aborted) {
    await pause(clock, LOOK_AGAIN_MS, signal);
  }
  await Promise.allSettled(
    workers.map(({ pod }) => statuses.flush(pod.metadata.uid, AbortSignal.timeout(PATIENCE_MS))),
  );
  const left = workers.filter(({ state }) => state.observed.containers.some(isRunning));
  if (left.length > 0) log.warn({ pods: left.map(({ pod }) => describePod(pod)) }, 'pods did not end in their time');
}
