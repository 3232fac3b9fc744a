/** ReplicationController, v1: what the facts do not hold. */
import { type FieldError, invalid, required } from '@mkube/apimachinery';
import { age, containersAndImages, formatLabels } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { ReplicationController } from '../../generated/types/core-v1.ts';
import { validateReplicaStatus } from '../../apps/v1/replica-status.ts';
import { validateAlwaysRestarting } from '../../apps/v1/template.ts';
import { nonNegative } from '../../validation/checks.ts';
import { templateWarnings } from './pod/warnings/template.ts';

export const replicationControllers = defineResource<ReplicationController>(facts.core.v1.ReplicationController, {
  storagePrefix: 'controllers',
  scale: { specReplicas: '.spec.replicas', statusReplicas: '.status.replicas', labelSelector: '.spec.selector' },
  validate: validateController,
  validateStatus: ({ status }) => validateReplicaStatus(status),
  selectableFields: ({ status }) => ({ 'status.replicas': String(status?.replicas ?? 0) }),
  warnings: templateWarnings('spec.template', ({ spec }) => spec?.template),
  cells: (rc, now) => [
    rc.metadata.name,
    rc.spec?.replicas ?? 0,
    rc.status?.replicas ?? 0,
    rc.status?.readyReplicas ?? 0,
    age(rc, now),
    ...containersAndImages(rc.spec?.template?.spec),
    formatLabels(rc.spec?.selector),
  ],
});

type Labels = Readonly<Record<string, string>>;

/** A selector may hold what no label can be: it selects nothing. */
const isSelected = (selector: Labels, labels: Labels = {}): boolean =>
  Object.entries(selector).every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value);

function validateController({ spec }: ReplicationController): FieldError[] {
  const faults = [
    ...nonNegative('spec.minReadySeconds', spec?.minReadySeconds),
    ...nonNegative('spec.replicas', spec?.replicas),
  ];
  if (Object.keys(spec?.selector ?? {}).length === 0) faults.push(required('spec.selector'));
  if (!spec?.template) return [...faults, required('spec.template')];
  const labels = spec.template.metadata?.labels;
  if (spec.selector && !isSelected(spec.selector, labels))
    faults.push(
      invalid('spec.template.metadata.labels', labels ?? null, '`selector` does not match template `labels`'),
    );
  return [
    ...faults,
    ...validateAlwaysRestarting(spec.template, { field: 'spec.template', kind: 'ReplicationController' }),
  ];
}
