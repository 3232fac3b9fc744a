/** Namespace, v1: what the facts do not hold. It goes when its content and spec.finalizers are gone. */
import { type FieldError, checkQualifiedName, invalid } from '@mkube/apimachinery';
import { age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { Namespace } from '../../generated/types/core-v1.ts';
import { each, format } from '../../validation/checks.ts';

export const namespaces = defineResource<Namespace>(facts.core.v1.Namespace, {
  acts: true,
  nameFormat: 'label',
  prepareForCreate: (namespace) => ({
    ...namespace,
    spec: { ...namespace.spec, finalizers: withKubernetes(namespace.spec?.finalizers ?? []) },
    status: { phase: 'Active' },
  }),
  prepareForUpdate: (namespace, old, { subresource }) =>
    subresource === 'finalize'
      ? namespace
      : { ...namespace, spec: { ...namespace.spec, finalizers: old.spec?.finalizers } },
  validate: ({ metadata, spec }) => [
    ...each(spec?.finalizers, 'spec.finalizers', validateFinalizer),
    ...(metadata.labels?.['kubernetes.io/metadata.name'] === metadata.name
      ? []
      : [
          invalid(
            'metadata.labels[kubernetes.io/metadata.name]',
            metadata.labels?.['kubernetes.io/metadata.name'] ?? '',
            'must be the name of the namespace',
          ),
        ]),
  ],
  selectableFields: ({ status }) => ({ 'status.phase': status?.phase ?? '' }),
  cells: (namespace, now) => [namespace.metadata.name, namespace.status?.phase ?? '', age(namespace, now)],
});

const withKubernetes = (finalizers: readonly string[]): string[] =>
  finalizers.includes('kubernetes') ? [...finalizers] : [...finalizers, 'kubernetes'];

function validateFinalizer(name: string, at: string): FieldError[] {
  const faults = format(at, name, checkQualifiedName);
  if (faults.length > 0 || name.includes('/') || name === 'kubernetes') return faults;
  return [invalid(at, name, 'name is neither a standard finalizer name nor is it fully qualified')];
}
