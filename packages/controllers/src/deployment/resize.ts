/** The step that gives a ReplicaSet a size, with the annotations that say whose idea it was; none where all is so. */
import type { Deployment, ReplicaSet } from '@mkube/api';
import { sizeAnnotations } from './annotations.ts';
import type { Step } from './rollout.ts';
import { sizeOf } from './sizes.ts';

export function resize(deployment: Deployment, rs: ReplicaSet, replicas: number): Step[] {
  const annotations = sizeAnnotations(deployment);
  const isSized = sizeOf(rs) === replicas;
  const isNoted = Object.entries(annotations).every(([key, value]) => rs.metadata.annotations?.[key] === value);
  if (isSized && isNoted) return [];
  const replicaSet = {
    ...rs,
    metadata: { ...rs.metadata, annotations: { ...rs.metadata.annotations, ...annotations } },
    spec: { ...rs.spec, replicas },
  };
  return [{ action: 'updateReplicaSet', replicaSet, ...(!isSized && { from: sizeOf(rs), to: replicas }) }];
}

/** As `resize`, where a size that is right already needs no new annotations. */
export const resizeIfNeeded = (deployment: Deployment, rs: ReplicaSet, replicas: number): Step[] =>
  sizeOf(rs) === replicas ? [] : resize(deployment, rs, replicas);
