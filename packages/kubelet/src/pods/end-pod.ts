/** The last steps of a pod: its volumes given back, the API told that it may forget it, its traces gone from the node. */
import fs from 'node:fs/promises';
import { Conflict, NotFound } from '@mkube/apimachinery';
import { mountsUnder } from '@mkube/runtime';
import { withDeadline } from '../deadline.ts';
import { tearDownVolumes } from '../volumes/volumes.ts';
import type { PodDeps, StepContext } from './deps.ts';

export async function releasePod({ deps, state }: StepContext): Promise<void> {
  await tearDownVolumes(deps, state.pod.metadata.uid);
  state.volumes = undefined;
  state.released = true;
}

/** The final status goes first: whoever waits for the pod's exit code reads it before the pod is gone. */
export async function deletePod({ deps, state, signal }: StepContext): Promise<void> {
  const { metadata } = state.pod;
  const { uid } = metadata;
  await deps.statuses.flush(uid, signal);
  try {
    const left = await deps.client.pods.delete(metadata, {
      gracePeriodSeconds: 0,
      preconditions: { uid },
      signal: withDeadline(signal),
    });
    if (!left) state.forgottenAt = deps.clock.now();
  } catch (error) {
    if (!(error instanceof NotFound) && !(error instanceof Conflict)) throw error;
    state.forgottenAt = deps.clock.now();
  }
  state.deletionSent = true;
}

export async function cleanUp({ deps, state }: StepContext): Promise<void> {
  const { uid } = state.pod.metadata;
  for (const { id } of state.observed.sandboxes) await deps.runtime.removePodSandbox(id);
  await removeTraces(deps, uid);
  await deps.cgroups.remove(uid);
}

/** Files and memory of a pod that has no sandbox any more. Nothing is removed through a mount. */
export async function removeTraces(deps: PodDeps, uid: string): Promise<void> {
  deps.tokens.forget(uid);
  deps.statuses.forget(uid);
  deps.probes.forget(uid);
  await tearDownVolumes(deps, uid);
  const folder = deps.paths.pod(uid);
  const [mounted] = mountsUnder(folder);
  if (mounted) throw new Error(`${mounted} is still mounted`);
  await fs.rm(folder, { recursive: true, force: true });
}
