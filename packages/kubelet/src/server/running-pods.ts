/** /runningpods: what the runtime says that runs, as pods with no more than names. Pure. */
import { isRunning } from '../pods/observed.ts';
import type { PodWorker } from '../pods/worker.ts';

export const runningPodsOf = (workers: Iterable<PodWorker>): object[] =>
  [...workers].flatMap(({ pod, state }) => {
    const running = state.observed.containers.filter(isRunning);
    if (running.length === 0) return [];
    const { name, namespace, uid } = pod.metadata;
    const containers = running.map((container) => ({ name: container.name, image: container.imageId, resources: {} }));
    return [{ metadata: { name, namespace, uid }, spec: { containers }, status: {} }];
  });
