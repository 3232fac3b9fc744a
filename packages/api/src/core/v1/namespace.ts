/** Namespace, v1: what the facts do not hold. It goes when its content and spec.finalizers are gone. */
import { type FieldError, checkQualifiedName, invalid } from '@mkube/apimachinery';
import { age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { Namespace } from '../../generated/types/core-v1.ts';
import { format } from '../../validation/checks.ts';

export const namespaces = defineResource<Namespace>(facts.core.v1.Namespace, {
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
  validate: ({ metadata, spec }, old) => [
    ...(old ? [] : validateFinalizers(spec?.finalizers, () => 'spec.finalizers')),
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
  validateUpdate: ({ spec }, _old, { subresource }) =>
    subresource === 'finalize' ? validateFinalizers(spec?.finalizers, (i) => `spec.finalizers[${i}]`) : [],
  validateStatus: ({ metadata, status }) => {
    const { phase = '' } = status ?? {};
    const [only, when] = metadata.deletionTimestamp ? ['Terminating', 'is not empty'] : ['Active', 'is empty'];
    // Kubernetes writes this field in upper case
    return phase === only
      ? []
      : [invalid('status.Phase', phase, `may only be '${only}' if \`deletionTimestamp\` ${when}`)];
  },
  selectableFields: ({ status }) => ({ 'status.phase': status?.phase ?? '' }),
  cells: (namespace, now) => [namespace.metadata.name, namespace.status?.phase ?? '', age(namespace, now)],
});

const withKubernetes = (finalizers: readonly string[]): string[] =>
  finalizers.includes('kubernetes') ? [...finalizers] : [...finalizers, 'kubernetes'];

/** Kubernetes tells the place of a finalizer only where finalizers alone change. */
const validateFinalizers = (names: readonly string[] | undefined, at: (i: number) => string): FieldError[] =>
  (names ?? []).flatMap((name, i) => [
    ...format(at(i), name, checkQualifiedName),
    ...(name.includes('/') || name === 'kubernetes'
      ? []
      : [invalid(at(i), name, 'name is neither a standard finalizer name nor is it fully qualified')]),
  ]);
