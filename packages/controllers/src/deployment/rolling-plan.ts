/**
 * Rolling update: the new ReplicaSet grows into the room that maxSurge leaves, the old ones shrink as far as maxUnavailable
 * allows, unhealthy pods of theirs first. Pure.
 */
import type { ReplicaSet } from '@mkube/api';
import type { Rollout, Step } from './rollout.ts';
import { resizeIfNeeded } from './resize.ts';
import { availableOf, desiredReplicas, maxUnavailableOf, newReplicaSetSize, sizeOf, totalSize } from './sizes.ts';

export function planRollingUpdate(rollout: Rollout): Step[] {
  const up = planNew(rollout);
  return up.length > 0 ? up : planOld(rollout);
}

function planNew({ deployment, replicaSets, newReplicaSet: rs }: Rollout): Step[] {
  if (!rs) return [];
  const desired = desiredReplicas(deployment);
  const size = sizeOf(rs) > desired ? desired : newReplicaSetSize(deployment, replicaSets, sizeOf(rs));
  return resizeIfNeeded(deployment, rs, size);
}

function planOld(rollout: Rollout): Step[] {
  const { deployment, replicaSets, newReplicaSet, oldReplicaSets } = rollout;
  if (!newReplicaSet || totalSize(oldReplicaSets) === 0) return [];
  const minAvailable = desiredReplicas(deployment) - maxUnavailableOf(deployment);
  const newUnavailable = sizeOf(newReplicaSet) - availableOf([newReplicaSet]);
  const most = totalSize(replicaSets) - minAvailable - newUnavailable;
  if (most <= 0) return [];
  const trimmed = dropUnhealthy(oldReplicaSets, most);
  const sizes = dropAvailable(trimmed, availableOf(replicaSets) - minAvailable);
  return oldReplicaSets.flatMap((rs) => resizeIfNeeded(deployment, rs, sizes.get(rs) ?? sizeOf(rs)));
}

type Sizes = Map<ReplicaSet, number>;

/** Pods that do not serve cost nothing: without this a broken revision would block the one that mends it. */
function dropUnhealthy(replicaSets: readonly ReplicaSet[], most: number): Sizes {
  let left = most;
  return new Map(
    replicaSets.map((rs) => {
      const drop = Math.max(0, Math.min(left, sizeOf(rs) - availableOf([rs])));
      left -= drop;
      return [rs, sizeOf(rs) - drop];
    }),
  );
}

function dropAvailable(sizes: Sizes, most: number): Sizes {
  let left = Math.max(0, most);
  return new Map(
    [...sizes].map(([rs, size]) => {
      const drop = Math.min(left, size);
      left -= drop;
      return [rs, size - drop];
    }),
  );
}
