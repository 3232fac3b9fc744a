/** ReplicaSet, apps/v1: what the facts do not hold. */
import { age, containersAndImages, formatLabelSelector } from '../../cells.ts';
import { podNameWarnings, templateWarnings } from '../../core/v1/pod/warnings/template.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { ReplicaSet } from '../../generated/types/apps-v1.ts';
import { immutable, nonNegative } from '../../validation/checks.ts';
import { validateWorkloadSelector } from '../../validation/metadata.ts';
import { validateReplicaStatus } from './replica-status.ts';
import { validateAlwaysRestarting } from './template.ts';

export const replicaSets = defineResource<ReplicaSet>(facts.apps.v1.ReplicaSet, {
  scale: { specReplicas: '.spec.replicas', statusReplicas: '.status.replicas', labelSelector: '.spec.selector' },
  validate: ({ spec }) => [
    ...nonNegative('spec.replicas', spec?.replicas),
    ...nonNegative('spec.minReadySeconds', spec?.minReadySeconds),
    ...validateWorkloadSelector(spec, { kind: 'deployment', ifUnreadable: 'invalid label selector' }),
    ...validateAlwaysRestarting(spec?.template, { field: 'spec.template', kind: 'ReplicaSet' }),
  ],
  validateUpdate: ({ spec }, { spec: old }) => immutable('spec.selector', spec?.selector, old?.selector),
  validateStatus: ({ status }) => validateReplicaStatus(status),
  warnings: (object, old) => [
    ...(old ? [] : podNameWarnings(object)),
    ...templateWarnings<ReplicaSet>('spec.template', ({ spec }) => spec?.template)(object, old),
  ],
  cells: (set, now) => [
    set.metadata.name,
    set.spec?.replicas ?? 0,
    set.status?.replicas ?? 0,
    set.status?.readyReplicas ?? 0,
    age(set, now),
    ...containersAndImages(set.spec?.template?.spec),
    formatLabelSelector(set.spec?.selector),
  ],
});
