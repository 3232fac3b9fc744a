/**
 * Watches over what the node runs out of: ends pods that outgrew their local storage, tells of pressure, frees what nobody uses,
 * and gives up one pod at a time until there is enough again. A pod that is given up fails with reason Evicted; whoever wants
 * it runs it elsewhere.
 */
import { type Clock, pause } from '@mkube/client';
import type { Runtime } from '@mkube/runtime';
import type { Pod } from '@mkube/api';
import type { Logger } from 'pino';
import type { NodeEvents, PodEvents } from '../events.ts';
import type { Paths } from '../paths.ts';
import { isRunning } from '../pods/observed.ts';
import type { Pods } from '../pods/pods.ts';
import { describePod } from '../pods/spec.ts';
import type { PodWorker } from '../pods/worker.ts';
import { measurePod, measureStorage } from './measure.ts';
import { lookAtPressure, NOTHING_SEEN } from './memory.ts';
import { evictionMessageOf } from './messages.ts';
import {
  type Crossed,
  crossedThresholds,
  NO_PRESSURE,
  type Pressure,
  type ThresholdOptions,
  thresholdsOf,
} from './pressure.ts';
import { mayGo, planEviction } from './rank-plan.ts';
import { readSignals, type Signals } from './signals.ts';
import { hasStorageLimits, planStorageEviction } from './storage-plan.ts';

export interface EvictionDeps extends ThresholdOptions {
  pods: Pods;
  runtime: Runtime;
  events: PodEvents;
  nodeEvents: NodeEvents;
  evictionMaxPodGraceSeconds: number;
  evictionMonitorSeconds: number;
  evictionPressureTransitionSeconds: number;
  rootDir: string;
  paths: Paths;
  /** Takes unused images away: what a full disk is relieved of before any pod. */
  freeDisk(): Promise<void>;
  clock: Clock;
  log: Logger;
  /** For tests: what is left on the node. */
  signals?: (folders: { rootDir: string; imageFolder: string }) => Promise<Signals>;
}

export interface Eviction {
  readonly pressure: Pressure;
  run(signal: AbortSignal): Promise<void>;
}

/** Of the time between two looks, walking through folders may take one part in so many. */
const WALK_SHARE = 50;

export function createEviction(deps: EvictionDeps): Eviction {
  const { clock, log, runtime, rootDir, signals = readSignals } = deps;
  const thresholds = thresholdsOf(deps);
  let memory = NOTHING_SEEN;
  let pressure = NO_PRESSURE;
  let leaving: PodWorker | undefined;
  let measureAgainAt = 0;

  let imageFolder: string | undefined; // asked for once: an engine may have to look through its images to answer
  const crossedNow = async (): Promise<Crossed[]> => {
    imageFolder ??= (await runtime.imageFsInfo()).mountpoint;
    return crossedThresholds(await signals({ rootDir, imageFolder }), thresholds, memory.crossed);
  };
  const look = async (): Promise<void> => {
    const begun = clock.monotonic();
    if (begun >= measureAgainAt && (await evictOverfull(deps))) return;
    measureAgainAt = begun + (clock.monotonic() - begun) * WALK_SHARE;
    const looked = lookAtPressure(memory, await crossedNow(), {
      now: clock.now(),
      transitionSeconds: deps.evictionPressureTransitionSeconds,
    });
    ({ memory, pressure } = looked);
    const [worst] = looked.due;
    // one at a time: what it frees may be enough
    if (!worst || (leaving && stillRuns(leaving))) return;
    deps.nodeEvents.ofNode('Warning', 'EvictionThresholdMet', `Attempting to reclaim ${worst.resource}`);
    if (isOfDisk(worst)) {
      await deps.freeDisk();
      if ((await crossedNow()).length === 0) return;
    }
    leaving = await evictOne(deps, worst);
  };
  return {
    get pressure() {
      return pressure;
    },
    async run(signal) {
      while (!signal.aborted) {
        await look().catch((err: unknown) => log.warn({ err }, 'cannot tell what is left on the node'));
        await pause(clock, deps.evictionMonitorSeconds * 1000, signal);
      }
    },
  };
}

const stillRuns = ({ state }: PodWorker): boolean => state.observed.containers.some(isRunning);
const isOfDisk = ({ resource }: Crossed): boolean => resource === 'ephemeral-storage' || resource === 'inodes';

async function evictOne(deps: EvictionDeps, crossed: Crossed): Promise<PodWorker | undefined> {
  const workers = [...deps.pods.workers()].filter(stillRuns);
  const candidates = await Promise.all(workers.map((worker) => measurePod(deps, worker, isOfDisk(crossed))));
  const chosen = planEviction(candidates, crossed.resource);
  const worker = workers.find(({ pod }) => pod === chosen);
  if (!chosen || !worker) return undefined;
  const message = evictionMessageOf(
    crossed,
    candidates.find(({ pod }) => pod === chosen),
  );
  const most = Math.min(deps.evictionMaxPodGraceSeconds, chosen.spec.terminationGracePeriodSeconds ?? 30);
  const graceSeconds = crossed.graceSeconds === 0 ? 0 : most;
  evict(deps, worker, { message, graceSeconds, disruption: true });
  return worker;
}

/** True where a pod had to go: what that frees is seen at the next look. */
async function evictOverfull(deps: EvictionDeps): Promise<boolean> {
  const limited = [...deps.pods.workers()].filter(
    (worker) => stillRuns(worker) && hasStorageLimits(worker.pod) && mayGo(worker.pod) && !worker.state.verdict,
  );
  let evicted = false;
  for (const worker of limited) {
    const message = planStorageEviction(worker.pod, await measureStorage(deps, worker));
    if (message === undefined) continue;
    evict(deps, worker, { message, graceSeconds: 0, disruption: false });
    evicted = true;
  }
  return evicted;
}

function evict(
  { events, clock, log }: EvictionDeps,
  worker: PodWorker,
  why: { message: string; graceSeconds: number; disruption: boolean },
): void {
  const { message, graceSeconds, disruption } = why;
  const pod: Pod = worker.pod;
  log.warn({ pod: describePod(pod), message }, 'evicting a pod');
  events.ofPod(pod, 'Warning', 'Evicted', message);
  worker.condemn({
    reason: 'evicted',
    since: clock.now(),
    graceSeconds,
    status: { reason: 'Evicted', message },
    ...(disruption && { disruption: message }),
  });
}
