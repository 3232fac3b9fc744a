/** The status that replica sets and replication controllers have alike. */
import type { FieldError } from '@mkube/apimachinery';
import type { ReplicaSetStatus } from '../../generated/types/apps-v1.ts';
import { nonNegativeCounts, partsOf } from '../../validation/status.ts';

const PARTS = ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'] as const;

export const validateReplicaStatus = (status: ReplicaSetStatus | undefined): FieldError[] => [
  ...nonNegativeCounts(status, ['replicas', ...PARTS, 'terminatingReplicas', 'observedGeneration']),
  ...partsOf(status, 'replicas', { keys: PARTS }),
  ...partsOf(status, 'readyReplicas', { keys: ['availableReplicas'], shown: 'readyReplicas' }),
];
