/** What /metrics reads of the node at the moment it is asked: pods, containers, this process. */
import { isAlive } from '../pods/observed.ts';
import type { Pods } from '../pods/pods.ts';
import { isTerminal } from '../pods/spec.ts';
import { isStatic } from '../pods/static-pods.ts';
import type { Registry } from './registry.ts';

export interface GaugesInput {
  nodeName: string;
  version: string;
  pods: Pods;
  startedAt: Date;
}

export function addNodeGauges(registry: Registry, { nodeName, version, pods, startedAt }: GaugesInput): void {
  const { gauge } = registry;
  const split = (of: (isOwn: boolean) => number) =>
    [true, false].map((isOwn) => ({ labels: { static: isOwn ? 'true' : '' }, value: of(isOwn) }));
  const workers = () => [...pods.workers()];
  gauge('kubelet_node_name', "The node's name. The count is always 1.", () => [
    { labels: { node: nodeName }, value: 1 },
  ]);
  gauge('kubelet_running_pods', 'Number of pods that have a running pod sandbox', () => [
    { value: workers().filter(({ state }) => state.observed.sandboxes.some((s) => s.state === 'ready')).length },
  ]);
  gauge('kubelet_running_containers', 'Number of containers currently running', () => {
    const counts = new Map([['running', 0]]);
    for (const { state } of workers())
      for (const { state: of } of state.observed.containers) counts.set(of, (counts.get(of) ?? 0) + 1);
    return [...counts].map(([state, value]) => ({ labels: { container_state: state }, value }));
  });
  gauge('kubelet_desired_pods', 'The number of pods the kubelet is being instructed to run.', () =>
    split((isOwn) => workers().filter(({ pod }) => isStatic(pod) === isOwn).length),
  );
  gauge(
    'kubelet_active_pods',
    'The number of pods the kubelet considers active and which are being considered when admitting new pods.',
    () => split((isOwn) => workers().filter(({ pod }) => isStatic(pod) === isOwn && !isTerminal(pod)).length),
  );
  gauge(
    'kubelet_working_pods',
    'Number of pods the kubelet is actually running, broken down by lifecycle phase',
    () => [
      { labels: { lifecycle: 'sync' }, value: workers().filter(({ pod }) => !pod.metadata.deletionTimestamp).length },
      {
        labels: { lifecycle: 'terminating' },
        value: workers().filter(
          ({ pod, state }) => pod.metadata.deletionTimestamp && state.observed.containers.some(isAlive),
        ).length,
      },
    ],
  );
  gauge('kubernetes_build_info', 'A metric with a constant 1 value labeled by version.', () => [
    { labels: { git_version: version, platform: `${process.platform}/${process.arch}` }, value: 1 },
  ]);
  gauge('process_start_time_seconds', 'Start time of the process since unix epoch in seconds.', () => [
    { value: startedAt.getTime() / 1000 },
  ]);
  gauge('process_resident_memory_bytes', 'Resident memory size in bytes.', () => [
    { value: process.memoryUsage.rss() },
  ]);
}
