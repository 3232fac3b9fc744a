/** ReplicaSet, apps/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { ReplicaSet } from '../../generated/types/apps-v1.ts';

export const replicaSets = defineResource<ReplicaSet>(facts.apps.v1.ReplicaSet, {
  acts: true,
});
