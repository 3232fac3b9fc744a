import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ContainerStatus, Runtime } from '@mkube/runtime';
import { pathsOf } from '../paths.ts';
import { NOW, podOf, statusOf } from '../testing/pods.test.ts';
import { newPodState } from './deps.ts';
import { observePod } from './observe.ts';

describe('what is known of a pod’s containers', () => {
  it('is forgotten with them, however often one crashes', async () => {
    const state = newPodState(podOf(), NOW);
    let present: ContainerStatus[] = [];
    const runtime = {
      listPodSandboxes: async () => [],
      listContainers: async () => present,
      containerStatus: async (id: string) => present.find((container) => container.id === id),
    } as unknown as Runtime;
    for (let attempt = 0; attempt < 10; attempt++) {
      present = [attempt - 1, attempt].map((n) => statusOf('app', { state: 'exited', attempt: n }));
      state.observed = await observePod(runtime, pathsOf('/nowhere'), state);
      for (const { id } of present) {
        state.killed.add(id);
        state.faults.set(id, { message: 'why' });
        state.backedOff.add(`runc://${id}`);
      }
    }
    const { ended, messages, killed, faults, backedOff } = state;
    const known = [ended, messages, killed, faults].map((all) => [...all.keys()].toSorted());
    assert.deepEqual(
      known,
      Array.from({ length: 4 }, () => ['app-8', 'app-9']),
    );
    assert.deepEqual([...backedOff].toSorted(), ['runc://app-8', 'runc://app-9']);
  });
});
