/** StorageClass, storage.k8s.io/v1: what the facts do not hold. */
import {
  type FieldError,
  checkQualifiedName,
  duplicate,
  forbidden,
  invalid,
  notSupported,
  required,
  tooLong,
} from '@mkube/apimachinery';
import { UNSET, age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { TopologySelectorTerm } from '../../generated/types/core-v1.ts';
import type { StorageClass } from '../../generated/types/storage-v1.ts';
import { duplicates, each, format, immutable, qualifiedName, sameValue } from '../../validation/checks.ts';

export const storageClasses = defineResource<StorageClass>(facts.storage.v1.StorageClass, {
  validate: ({ provisioner, parameters, reclaimPolicy, allowedTopologies }) => [
    ...validateProvisioner(provisioner, 'provisioner'),
    ...validateParameters(parameters, 'parameters'),
    ...(reclaimPolicy && !POLICIES.includes(reclaimPolicy)
      ? [notSupported('reclaimPolicy', reclaimPolicy, POLICIES)]
      : []),
    ...validateTopologies(allowedTopologies ?? [], 'allowedTopologies'),
  ],
  validateUpdate,
  cells: (object, now) => [
    isDefaultClass(object) ? `${object.metadata.name} (default)` : object.metadata.name,
    object.provisioner,
    object.reclaimPolicy ?? 'Delete',
    object.volumeBindingMode ?? UNSET,
    object.allowVolumeExpansion ?? false,
    age(object, now),
  ],
});

const POLICIES = ['Delete', 'Retain'];

/** Each term asks for values of labels, each label once; no two terms ask for the same. */
function validateTopologies(terms: readonly TopologySelectorTerm[], field: string): FieldError[] {
  const seen: Record<string, string[]>[] = [];
  return each(terms, field, ({ matchLabelExpressions = [] }, place) => {
    const at = `${place}.matchLabelExpressions`;
    const asked: Record<string, string[]> = {};
    const faults = each(matchLabelExpressions, at, ({ key, values }, item) => {
      const found = [
        ...(values.length === 0 ? [required(`${item}.values`)] : []),
        ...duplicates(values, (value, i) => ({ field: `${item}.values[${i}]`, value })),
        ...qualifiedName(`${item}.key`, key ?? ''),
        ...(Object.hasOwn(asked, key) ? [duplicate(`${item}.key`, key)] : []),
      ];
      asked[key] = [...new Set(values)].toSorted();
      return found;
    });
    // Kubernetes takes a term that asks for nothing for a repeated one
    if (Object.keys(asked).length === 0 || seen.some((other) => sameValue(other, asked)))
      faults.push(duplicate(at, ''));
    seen.push(asked);
    return faults;
  });
}

/** The class of claims that name none. */
export const isDefaultClass = ({ metadata }: Pick<StorageClass, 'metadata'>): boolean =>
  metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true' ||
  metadata.annotations?.['storageclass.beta.kubernetes.io/is-default-class'] === 'true';

export const validateProvisioner = (name: string, field: string): FieldError[] =>
  name ? format(field, name.toLowerCase(), checkQualifiedName) : [required(field)];

const MOST_PARAMETERS = 512;
const MOST_BYTES = 256 * 1024;

export function validateParameters(
  parameters: Readonly<Record<string, string>> | undefined,
  field: string,
): FieldError[] {
  const entries = Object.entries(parameters ?? {});
  if (entries.length > MOST_PARAMETERS) return [tooLong(field, MOST_PARAMETERS)];
  const faults = entries.filter(([key]) => key === '').map(() => invalid(field, '', 'field can not be empty.'));
  const size = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  return size > MOST_BYTES ? [...faults, tooLong(field, MOST_BYTES)] : faults;
}

function validateUpdate(object: StorageClass, old: StorageClass): FieldError[] {
  const fixed = (['parameters', 'provisioner', 'reclaimPolicy'] as const).filter(
    (key) => !sameValue(object[key], old[key]),
  );
  return [
    ...fixed.map((key) => forbidden(key, `updates to ${key} are forbidden.`)),
    ...immutable('volumeBindingMode', object.volumeBindingMode, old.volumeBindingMode),
  ];
}
