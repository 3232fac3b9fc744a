/** Mounted configuration follows the API: what changed is written again while its containers run. Never throws. */
import { hasRefreshingVolumes, refreshVolumes } from '../volumes/volumes.ts';
import { volumeContextOf } from './create-sandbox.ts';
import type { PodDeps, PodState } from './deps.ts';
import { describePod } from './spec.ts';

const DEADLINE_MS = 30_000;
/** Pods that mount the same object share an answer this old. */
const MAX_AGE_MS = 10_000;

export async function refreshVolumesOf(deps: PodDeps, state: PodState): Promise<void> {
  if (!hasRefreshingVolumes(state.pod) || state.released || state.observed.containers.length === 0) return;
  try {
    await refreshVolumes(volumeContextOf(deps, state, AbortSignal.timeout(DEADLINE_MS), MAX_AGE_MS));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    deps.log.info({ pod: describePod(state.pod), why }, 'cannot bring a volume up to date');
  }
}
