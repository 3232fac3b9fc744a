/**
 * All pods of the node: a worker each. Begins one for every pod the API names, wakes it for what the runtime tells, and after the
 * first full list takes away what runs here and belongs to no pod. One bad pod stays one bad pod.
 */
import fs from 'node:fs/promises';
import type { Pod } from '@mkube/api';
import { pause } from '@mkube/client';
import type { RuntimeEvent } from '@mkube/runtime';
import { admit, type Refusal, refusalForPorts, requestsOf } from './admit.ts';
import type { PodDeps } from './deps.ts';
import { isTerminal } from './spec.ts';
import { isStatic } from './static-pods.ts';
import { reapOrphan } from './orphans.ts';
import { podUidOf } from './labels.ts';
import { settleResizes } from './settle-resizes.ts';
import { rotateLogs } from '../logs/log-rotation.ts';
import type { PodSink } from './source.ts';
import type { Verdict } from './stop.ts';
import { PodWorker } from './worker.ts';

export interface Pods extends PodSink {
  list(): Pod[];
  find(namespace: string, name: string): PodWorker | undefined;
  get(uid: string): PodWorker | undefined;
  workers(): Iterable<PodWorker>;
  /** Pods of which a sandbox or a container is being started now. */
  startsUnderWay(): number;
  /** Listens to the runtime and looks for orphans until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

const HOUSEKEEPING_MS = 10_000;

export function createPods(deps: PodDeps): Pods {
  const workers = new Map<string, PodWorker>();
  let isSynced: () => void = () => undefined;
  const synced = new Promise<void>((resolve) => {
    isSynced = resolve;
  });
  const route = (event: RuntimeEvent): void => {
    if (event.type === 'created') return; // whoever makes a container starts it
    for (const worker of workers.values()) if (worker.owns(event.sandboxId)) worker.wake();
  };
  const settle = (): void => settleResizes([...workers.values()], deps.allocatable());
  return {
    upsert(pod) {
      const { uid } = pod.metadata;
      const present = workers.get(uid);
      if (present) {
        present.update(pod);
        return settle();
      }
      const worker = new PodWorker(deps, pod, () => {
        workers.delete(uid);
        settle();
      });
      const refusal = isStatic(pod) ? undefined : refusalOf(deps, pod, workers.values());
      workers.set(uid, worker);
      if (refusal) worker.condemn(rejection(refusal, deps.clock.now()));
      worker.update(pod);
      settle();
    },
    remove(pod) {
      const worker = workers.get(pod.metadata.uid);
      worker?.update(pod);
      worker?.forget();
    },
    synced: isSynced,
    list: () => [...workers.values()].map(({ pod }) => pod),
    find: (namespace, name) =>
      [...workers.values()]
        .filter(({ pod }) => pod.metadata.name === name && pod.metadata.namespace === namespace)
        .toSorted((a, b) => Number(b.pod.metadata.resourceVersion) - Number(a.pod.metadata.resourceVersion))[0],
    get: (uid) => workers.get(uid),
    workers: () => workers.values(),
    startsUnderWay: () => [...workers.values()].filter((worker) => worker.isBusyStarting).length,
    async run(signal) {
      const subscription = deps.runtime.onEvent(route);
      const ended = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      await Promise.race([synced, ended]);
      while (!signal.aborted) {
        await housekeep(deps, workers);
        settle();
        await rotate(deps, workers);
        deps.cgroups.balance([...workers.values()].map(({ pod }) => pod).filter((pod) => !isTerminal(pod)));
        await pause(deps.clock, HOUSEKEEPING_MS, signal);
      }
      subscription.close();
      for (const worker of workers.values()) worker.close();
    },
  };
}

const rejection = ({ reason, message }: Refusal, since: Date): Verdict => ({
  reason: 'evicted',
  since,
  graceSeconds: 0,
  status: { reason, message: `Pod was rejected: ${message}` },
});

/** Only of a pod that never was on a node before. */
function refusalOf(deps: PodDeps, pod: Pod, workers: Iterable<PodWorker>): Refusal | undefined {
  if (pod.status.startTime || isTerminal(pod) || pod.metadata.deletionTimestamp) return undefined;
  const present = [...workers].filter((worker) => !isTerminal(worker.pod));
  const amounts = present.map(({ requests }) => requests);
  const refusal =
    deps.refusalFor(pod) ??
    admit(requestsOf(pod), amounts, deps.allocatable()) ??
    refusalForPorts(
      pod,
      present.map((worker) => worker.pod),
    );
  if (refusal) deps.events.ofPod(pod, 'Warning', refusal.reason, refusal.message);
  return refusal;
}

async function housekeep(deps: PodDeps, workers: ReadonlyMap<string, PodWorker>): Promise<void> {
  deps.objects.prune();
  try {
    const orphans = (await uidsOnNode(deps)).filter((uid) => !workers.has(uid));
    await Promise.all(orphans.map((uid) => reapOrphan(deps, uid)));
  } catch (err) {
    deps.log.warn({ err }, 'cannot look for what belongs to no pod: trying again');
  }
}

async function rotate(deps: PodDeps, workers: ReadonlyMap<string, PodWorker>): Promise<void> {
  const containers = [...workers.values()].flatMap(({ state }) => state.observed.containers);
  const { containerLogMaxBytes: maxBytes, containerLogMaxFiles: maxFiles } = deps.settings;
  try {
    await rotateLogs(containers, { ...deps, limits: { maxBytes, maxFiles } });
  } catch (err) {
    deps.log.warn({ err }, 'cannot rotate a log: trying again');
  }
}

async function uidsOnNode({ runtime, paths }: PodDeps): Promise<string[]> {
  const [sandboxes, containers, folders] = await Promise.all([
    runtime.listPodSandboxes(),
    runtime.listContainers(),
    fs.readdir(paths.pods).catch(() => []),
  ]);
  const uids = [...sandboxes, ...containers].map(podUidOf).filter((uid) => uid !== undefined);
  return [...new Set([...uids, ...folders])];
}
