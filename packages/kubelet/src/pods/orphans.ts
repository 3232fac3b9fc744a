/** What runs on the node for a pod that the API does not know: it is given a moment to end, and taken away with its files. */
import type { PodDeps } from './deps.ts';
import { removeTraces } from './end-pod.ts';
import { LABELS } from './labels.ts';

const GRACE_SECONDS = 2;

export async function reapOrphan(deps: PodDeps, uid: string): Promise<void> {
  const { runtime, log } = deps;
  const filter = { labels: { [LABELS.podUid]: uid } };
  try {
    const [sandboxes, containers] = await Promise.all([
      runtime.listPodSandboxes(filter),
      runtime.listContainers(filter),
    ]);
    if (sandboxes.length > 0) log.info({ uid }, 'taking away what is left of a pod that the API does not know');
    await Promise.all(containers.map(({ id }) => runtime.stopContainer(id, GRACE_SECONDS)));
    for (const { id } of sandboxes) await runtime.removePodSandbox(id);
    await removeTraces(deps, uid);
    await deps.cgroups.remove(uid);
  } catch (err) {
    log.warn({ err, uid }, 'cannot take away what is left of a pod: trying again');
  }
}
