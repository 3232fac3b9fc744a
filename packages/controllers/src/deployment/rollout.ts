/** Where a Deployment's roll-out stands, and the steps that it is made of. */
import type { Deployment, Pod, ReplicaSet } from '@mkube/api';
import type { Input } from '@mkube/apimachinery';
import { isSameTemplate } from './hash.ts';

export type Step =
  | { action: 'createReplicaSet'; replicaSet: Input<ReplicaSet>; name: string; replicas: number }
  /** `from` and `to` where the size changes. */
  | { action: 'updateReplicaSet'; replicaSet: ReplicaSet; from?: number; to?: number }
  | { action: 'deleteReplicaSet'; replicaSet: ReplicaSet }
  | { action: 'noteRevision'; revision: string };

export interface DeploymentFacts {
  deployment: Deployment;
  /** The Deployment's own. */
  replicaSets: readonly ReplicaSet[];
  podsOf: (rs: ReplicaSet) => readonly Pod[];
  now: Date;
}

/** The facts, with the ReplicaSet of the current template told apart. */
export interface Rollout extends DeploymentFacts {
  newReplicaSet: ReplicaSet | undefined;
  oldReplicaSets: readonly ReplicaSet[];
}

export function rolloutOf(facts: DeploymentFacts): Rollout {
  const byAge = facts.replicaSets.toSorted(olderFirst);
  const newReplicaSet = byAge.find(({ spec }) => isSameTemplate(spec.template, facts.deployment.spec.template));
  return { ...facts, newReplicaSet, oldReplicaSets: byAge.filter((rs) => rs !== newReplicaSet) };
}

export function olderFirst(a: ReplicaSet, b: ReplicaSet): number {
  const [first, second] = [a.metadata, b.metadata];
  if (first.creationTimestamp !== second.creationTimestamp)
    return first.creationTimestamp < second.creationTimestamp ? -1 : 1;
  return first.name < second.name ? -1 : 1;
}
