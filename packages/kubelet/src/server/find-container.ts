/** From the names in a path to what runs: refusals in the kubelet's own words. */
import type { ContainerStatus } from '@mkube/runtime';
import { attemptsOf, isRunning, latestOf } from '../pods/observed.ts';
import type { Pods } from '../pods/pods.ts';
import { findContainer } from '../pods/spec.ts';
import type { PodWorker } from '../pods/worker.ts';
import { HttpError } from './http-error.ts';

export interface ContainerPath {
  namespace: string;
  pod: string;
  container: string;
}

export function findPod(pods: Pods, { namespace, pod }: Pick<ContainerPath, 'namespace' | 'pod'>): PodWorker {
  const worker = pods.find(namespace, pod);
  if (!worker) throw new HttpError(404, `pod "${pod}" not found`);
  return worker;
}

export function findRunning(pods: Pods, path: ContainerPath): { id: string; tty: boolean; stdin: boolean } {
  const { pod, state } = findPod(pods, path);
  const spec = findContainer(pod, path.container)?.spec;
  const latest = latestOf(state.observed, path.container);
  if (!spec || !latest || !isRunning(latest)) throw new HttpError(404, `container not found ("${path.container}")`);
  return { id: latest.id, tty: spec.tty ?? false, stdin: spec.stdin ?? false };
}

/** The container whose log is meant. */
export function findLogged(pods: Pods, path: ContainerPath, previous: boolean): ContainerStatus {
  const { pod, state } = findPod(pods, path);
  const { container: name } = path;
  if (!findContainer(pod, name))
    throw new HttpError(400, `container "${name}" in pod "${pod.metadata.name}" is not available`);
  const [latest, before] = attemptsOf(state.observed, name).filter((attempt) => attempt.state !== 'created');
  if (previous) {
    // while it waits to be started again, the one that ended is the previous one
    const isWaiting = latest?.state === 'exited' && waitingReasonOf(path, pods) !== undefined;
    const found = isWaiting ? latest : before;
    if (found) return found;
    throw new HttpError(400, `previous terminated container "${name}" in pod "${pod.metadata.name}" not found`);
  }
  if (latest) return latest;
  const why = waitingReasonOf(path, pods) ?? 'ContainerCreating';
  throw new HttpError(400, `container "${name}" in pod "${pod.metadata.name}" is waiting to start: ${why}`);
}

function waitingReasonOf(path: ContainerPath, pods: Pods): string | undefined {
  const { pod, state } = findPod(pods, path);
  const failure = state.failures.get(path.container);
  if (failure) return failure.message || failure.reason;
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status;
  const status = [...initContainerStatuses, ...containerStatuses].find(({ name }) => name === path.container);
  return status?.state.waiting?.reason;
}
