/**
 * A change of spec.replicas: the one ReplicaSet that has pods takes it all; in the middle of a rolling update it is shared
 * out in proportion, so that the risk that the roll-out took stays what it was. Pure.
 */
import type { Deployment, ReplicaSet } from '@mkube/api';
import { byRevision, desiredAnnotation, maxAnnotation } from './annotations.ts';
import type { Rollout, Step } from './rollout.ts';
import { resize } from './resize.ts';
import { availableOf, desiredReplicas, isRolling, maxSurgeOf, sizeOf, totalSize } from './sizes.ts';

export function planScale(rollout: Rollout): Step[] {
  const { deployment, newReplicaSet, oldReplicaSets, replicaSets } = rollout;
  const desired = desiredReplicas(deployment);
  const only = onlyActive(rollout);
  if (only) return resize(deployment, only, desired);
  if (newReplicaSet && isSaturated(deployment, newReplicaSet))
    return oldReplicaSets.filter((rs) => sizeOf(rs) > 0).flatMap((rs) => resize(deployment, rs, 0));
  return isRolling(deployment)
    ? planProportional(
        deployment,
        replicaSets.filter((rs) => sizeOf(rs) > 0),
      )
    : [];
}

/** The one that has pods; where none has, the current one or the latest. */
function onlyActive({ newReplicaSet, oldReplicaSets, replicaSets }: Rollout): ReplicaSet | undefined {
  const active = replicaSets.filter((rs) => sizeOf(rs) > 0);
  if (active.length > 1) return undefined;
  return active[0] ?? newReplicaSet ?? oldReplicaSets.toSorted(byRevision).at(-1);
}

const isSaturated = (deployment: Deployment, rs: ReplicaSet): boolean =>
  desiredAnnotation(rs) === desiredReplicas(deployment) &&
  sizeOf(rs) === desiredReplicas(deployment) &&
  availableOf([rs]) === desiredReplicas(deployment);

function planProportional(deployment: Deployment, active: readonly ReplicaSet[]): Step[] {
  const desired = desiredReplicas(deployment);
  const allowed = desired > 0 ? desired + maxSurgeOf(deployment) : 0;
  const toAdd = allowed - totalSize(active);
  const ordered = active.toSorted(toAdd > 0 ? largestNewestFirst : largestOldestFirst);
  let added = 0;
  const sizes = ordered.map((rs) => {
    const part = proportion(deployment, rs, { toAdd, added });
    added += part;
    return sizeOf(rs) + part;
  });
  // Rounding leaves some over: the first takes them.
  if (sizes[0] !== undefined) sizes[0] = Math.max(0, sizes[0] + toAdd - added);
  return ordered.flatMap((rs, i) => resize(deployment, rs, sizes[i] ?? sizeOf(rs)));
}

function proportion(
  deployment: Deployment,
  rs: ReplicaSet,
  { toAdd, added }: { toAdd: number; added: number },
): number {
  if (sizeOf(rs) === 0 || toAdd === 0 || toAdd === added) return 0;
  const part = fraction(deployment, rs);
  const left = toAdd - added;
  return toAdd > 0 ? Math.min(part, left) : Math.max(part, left);
}

function fraction(deployment: Deployment, rs: ReplicaSet): number {
  if (desiredReplicas(deployment) === 0) return -sizeOf(rs);
  const most = desiredReplicas(deployment) + maxSurgeOf(deployment);
  const mostBefore = maxAnnotation(rs) ?? deployment.status.replicas ?? 0;
  if (mostBefore === 0) return 0;
  return Math.round((sizeOf(rs) * most) / mostBefore) - sizeOf(rs);
}

const created = ({ metadata }: ReplicaSet): number => Date.parse(metadata.creationTimestamp);
const largestNewestFirst = (a: ReplicaSet, b: ReplicaSet): number => sizeOf(b) - sizeOf(a) || created(b) - created(a);
const largestOldestFirst = (a: ReplicaSet, b: ReplicaSet): number => sizeOf(b) - sizeOf(a) || created(a) - created(b);
