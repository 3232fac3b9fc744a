/** How many pods there may and must be while a Deployment rolls. */
import { type Deployment, type ReplicaSet, resolveFenceposts } from '@mkube/api';

export const desiredReplicas = ({ spec }: Deployment): number => spec.replicas ?? 1;
export const isRolling = ({ spec }: Deployment): boolean => spec.strategy?.type !== 'Recreate';
export const sizeOf = ({ spec }: Pick<ReplicaSet, 'spec'>): number => spec.replicas ?? 1;
export const totalSize = (replicaSets: readonly ReplicaSet[]): number => sum(replicaSets.map(sizeOf));
export const availableOf = (replicaSets: readonly ReplicaSet[]): number =>
  sum(replicaSets.map(({ status }) => status.availableReplicas ?? 0));
export const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

function fenceposts(deployment: Deployment) {
  const { maxSurge, maxUnavailable } = deployment.spec.strategy?.rollingUpdate ?? {};
  return resolveFenceposts({ maxSurge, maxUnavailable, desired: desiredReplicas(deployment) });
}

export const maxSurgeOf = (deployment: Deployment): number =>
  isRolling(deployment) ? fenceposts(deployment).maxSurge : 0;

/** Never more than there are to be. */
export function maxUnavailableOf(deployment: Deployment): number {
  if (!isRolling(deployment) || desiredReplicas(deployment) === 0) return 0;
  return Math.min(fenceposts(deployment).maxUnavailable, desiredReplicas(deployment));
}

/** The size that the new ReplicaSet may have beside the others. */
export function newReplicaSetSize(deployment: Deployment, all: readonly ReplicaSet[], current: number): number {
  const desired = desiredReplicas(deployment);
  if (!isRolling(deployment)) return desired;
  const room = desired + maxSurgeOf(deployment) - totalSize(all);
  if (room <= 0) return current;
  return current + Math.min(room, desired - current);
}
