/** What a Deployment notes on itself and on its ReplicaSets: revisions, and the sizes that a scaling is seen by. */
import type { Deployment, ReplicaSet } from '@mkube/api';
import { desiredReplicas, maxSurgeOf } from './sizes.ts';

export const REVISION = 'deployment.kubernetes.io/revision';
export const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history';
export const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas';
export const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas';

const NOT_COPIED = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'deprecated.deployment.rollback.to',
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
]);
const LONGEST_HISTORY = 2000;

type Annotations = Record<string, string>;

/** An int64, as anybody may write it: more than a number holds. */
export const revisionOf = ({ metadata }: Pick<ReplicaSet, 'metadata'>): bigint => revisionIn(metadata.annotations);

function revisionIn(annotations: Annotations | undefined): bigint {
  const text = annotations?.[REVISION] ?? '';
  return /^\d+$/.test(text) ? BigInt(text) : 0n;
}

export const byRevision = (a: ReplicaSet, b: ReplicaSet): number => {
  const [of, other] = [revisionOf(a), revisionOf(b)];
  return of < other ? -1 : Number(of > other);
};

export const desiredAnnotation = ({ metadata }: ReplicaSet): number | undefined =>
  numberIn(metadata.annotations, DESIRED_REPLICAS);
export const maxAnnotation = ({ metadata }: ReplicaSet): number | undefined =>
  numberIn(metadata.annotations, MAX_REPLICAS);

function numberIn(annotations: Annotations | undefined, key: string): number | undefined {
  const value = Number(annotations?.[key]);
  return annotations?.[key] !== undefined && Number.isInteger(value) ? value : undefined;
}

/** Set whenever a ReplicaSet is sized; where they differ from the Deployment, somebody has scaled it. */
export const sizeAnnotations = (deployment: Deployment): Annotations => ({
  [DESIRED_REPLICAS]: String(desiredReplicas(deployment)),
  [MAX_REPLICAS]: String(desiredReplicas(deployment) + maxSurgeOf(deployment)),
});

/** Of the ReplicaSet that is rolled out: the Deployment's own, and the revision that it is (again). */
export function rolloutAnnotations(
  deployment: Deployment,
  current: Annotations | undefined,
  revision: bigint,
): Annotations {
  const copied = Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !NOT_COPIED.has(key));
  const annotations: Annotations = { ...current, ...Object.fromEntries(copied) };
  const before = revisionIn(current);
  if (before >= revision) return annotations;
  annotations[REVISION] = String(revision);
  if (before > 0n) annotations[REVISION_HISTORY] = historyWith(current?.[REVISION_HISTORY], String(before));
  return annotations;
}

/** A ReplicaSet that is rolled back to keeps the numbers it had; the oldest go when there is no room. */
function historyWith(history: string | undefined, revision: string): string {
  const known = (history ?? '').split(',').filter((r) => r !== '' && r !== revision);
  const all = [...known, revision];
  while (all.length > 1 && all.join(',').length > LONGEST_HISTORY) all.shift();
  return all.join(',');
}
