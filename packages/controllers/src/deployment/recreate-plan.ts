/** Recreate: everything old goes, and only when its last pod has ended does the new ReplicaSet come. Pure. */
import { isPodTerminal } from '@mkube/api';
import type { Rollout, Step } from './rollout.ts';
import { resize, resizeIfNeeded } from './resize.ts';
import { desiredReplicas, sizeOf } from './sizes.ts';

export function planRecreate(rollout: Rollout, planNewReplicaSet: () => Step[]): Step[] {
  const { deployment, oldReplicaSets, newReplicaSet, podsOf } = rollout;
  const down = oldReplicaSets.filter((rs) => sizeOf(rs) > 0).flatMap((rs) => resize(deployment, rs, 0));
  if (down.length > 0) return down;
  if (oldReplicaSets.some((rs) => podsOf(rs).some((pod) => !isPodTerminal(pod)))) return [];
  const made = planNewReplicaSet();
  if (made.length > 0 || !newReplicaSet) return made;
  return resizeIfNeeded(deployment, newReplicaSet, desiredReplicas(deployment));
}
