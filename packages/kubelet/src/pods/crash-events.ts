/** Tells, once for each end of a container, that it has to wait before it is started again. */
import type { ContainerStatus } from '@mkube/api';
import type { PodDeps, PodState } from './deps.ts';
import { describePod, findContainer } from './spec.ts';

export function tellBackOff({ events }: PodDeps, state: PodState, statuses: readonly ContainerStatus[]): void {
  for (const { name, state: now, containerID } of statuses) {
    const container = findContainer(state.pod, name);
    if (now.waiting?.reason !== 'CrashLoopBackOff' || !container || !containerID) continue;
    if (state.backedOff.has(containerID)) continue;
    state.backedOff.add(containerID);
    const message = `Back-off restarting failed container ${name} in pod ${describePod(state.pod)}`;
    events.ofContainer(state.pod, container, { type: 'Warning', reason: 'BackOff', message });
  }
}
