/**
 * Watches over what the node runs out of: tells of pressure, and gives up one pod at a time until there is enough again. A pod
 * that is given up fails with reason Evicted; whoever wants it runs it elsewhere.
 */
import { type Clock, pause } from '@mkube/client';
import type { Runtime } from '@mkube/runtime';
import type { Logger } from 'pino';
import type { PodEvents } from '../events.ts';
import { isRunning } from '../pods/observed.ts';
import type { Pods } from '../pods/pods.ts';
import { describePod } from '../pods/spec.ts';
import type { PodWorker } from '../pods/worker.ts';
import { type Crossed, crossedThresholds, type Pressure, pressureOf, type Thresholds } from './pressure.ts';
import { planEviction } from './rank-plan.ts';
import { readSignals, type Signals } from './signals.ts';

export interface EvictionDeps {
  pods: Pods;
  runtime: Runtime;
  events: PodEvents;
  thresholds: Thresholds;
  rootDir: string;
  clock: Clock;
  log: Logger;
  /** For tests: what is left on the node. */
  signals?: (rootDir: string) => Promise<Signals>;
}

export interface Eviction {
  readonly pressure: Pressure;
  run(signal: AbortSignal): Promise<void>;
}

const LOOK_EVERY_MS = 10_000;

export function createEviction(deps: EvictionDeps): Eviction {
  const { thresholds, rootDir, clock, log, signals = readSignals } = deps;
  let pressure: Pressure = { memory: false, disk: false, pid: false };
  let leaving: PodWorker | undefined;
  const look = async (): Promise<void> => {
    const crossed = crossedThresholds(await signals(rootDir), thresholds);
    pressure = pressureOf(crossed);
    const [worst] = crossed;
    // one at a time: what it frees may be enough
    if (!worst || (leaving && stillRuns(leaving))) return;
    leaving = await evictOne(deps, worst);
  };
  return {
    get pressure() {
      return pressure;
    },
    async run(signal) {
      while (!signal.aborted) {
        await look().catch((err: unknown) => log.warn({ err }, 'cannot tell what is left on the node'));
        await pause(clock, LOOK_EVERY_MS, signal);
      }
    },
  };
}

const stillRuns = ({ state }: PodWorker): boolean => state.observed.containers.some(isRunning);

async function evictOne(deps: EvictionDeps, crossed: Crossed): Promise<PodWorker | undefined> {
  const { pods, runtime, events, clock, log } = deps;
  const workers = [...pods.workers()].filter(stillRuns);
  const candidates = await Promise.all(
    workers.map(async ({ pod, state }) => ({ pod, memoryBytes: await memoryOf(runtime, state) })),
  );
  const chosen = planEviction(candidates);
  const worker = workers.find(({ pod }) => pod === chosen);
  if (!chosen || !worker) return undefined;
  const { resource, threshold, available } = crossed;
  const message = `The node was low on resource: ${resource}. Threshold quantity: ${threshold}, available: ${Math.floor(available / 1024)}Ki. `;
  log.warn({ pod: describePod(chosen), resource }, 'evicting a pod');
  events.ofPod(chosen, 'Warning', 'Evicted', message);
  worker.condemn({ reason: 'evicted', since: clock.now(), graceSeconds: 0, status: { reason: 'Evicted', message } });
  return worker;
}

async function memoryOf(runtime: Runtime, { observed }: PodWorker['state']): Promise<number> {
  const running = observed.containers.filter(isRunning);
  const stats = await Promise.all(running.map(({ id }) => runtime.containerStats(id).catch(() => undefined)));
  return stats.reduce((sum, usage) => sum + (usage?.memoryWorkingSetBytes ?? 0), 0);
}
