/**
 * What runs of one pod, as the runtime tells it: its sandboxes and the containers of all of them, newest first.
 * Pure projections, shared by plan and status; observe.ts does the asking.
 */
import type { ContainerStatus, Sandbox } from '@mkube/runtime';

export interface ObservedPod {
  /** Newest attempt first. */
  sandboxes: readonly Sandbox[];
  /** Newest attempt first, per name. */
  containers: readonly ContainerStatus[];
}

export const NOTHING: ObservedPod = { sandboxes: [], containers: [] };

/** The sandbox that the pod lives in now, if it does. */
export const currentSandbox = (observed: ObservedPod): Sandbox | undefined => {
  const newest = observed.sandboxes[0];
  return newest?.state === 'ready' ? newest : undefined;
};

export const attemptsOf = (observed: ObservedPod, name: string): ContainerStatus[] =>
  observed.containers.filter((container) => container.name === name);

export const latestOf = (observed: ObservedPod, name: string, sandboxId?: string): ContainerStatus | undefined =>
  observed.containers.find(
    (container) => container.name === name && (sandboxId === undefined || container.sandboxId === sandboxId),
  );

export const isRunning = (container: ContainerStatus | undefined): boolean => container?.state === 'running';

export const isAlive = (container: ContainerStatus): boolean =>
  container.state === 'running' || container.state === 'unknown';

export const ipsOf = (observed: ObservedPod): string[] => observed.sandboxes[0]?.ips ?? [];
