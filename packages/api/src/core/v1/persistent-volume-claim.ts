/** PersistentVolumeClaim, v1: what the facts do not hold. */
import {
  type Cell,
  type FieldError,
  compareQuantity,
  forbidden,
  invalid,
  required,
  validateLabelSelector,
} from '@mkube/apimachinery';
import { UNSET, age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../../generated/types/core-v1.ts';
import { dnsSubdomain, sameValue } from '../../validation/checks.ts';
import { describeDifference } from '../../validation/difference.ts';
import { validateModes } from './persistent-volume.ts';
import { formatAccessModes } from './volumes/access-modes.ts';

export const persistentVolumeClaims = defineResource<PersistentVolumeClaim>(facts.core.v1.PersistentVolumeClaim, {
  acts: true,
  prepareForCreate: (claim) => ({ ...claim, status: { phase: 'Pending' } }),
  validate: ({ spec }) => validateClaimSpec(spec, 'spec'),
  validateUpdate: (claim, old, { subresource }) => (subresource === 'status' ? [] : validateUpdate(claim, old)),
  cells: claimCells,
});

export function validateClaimSpec(spec: PersistentVolumeClaimSpec | undefined, field: string): FieldError[] {
  if (!spec) return [required(field)];
  const faults = [
    ...validateModes(spec.accessModes, `${field}.accessModes`).map((e) =>
      e.type === 'FieldValueRequired' ? required(e.field, 'at least 1 access mode is required') : e,
    ),
    ...validateLabelSelector(spec.selector, `${field}.selector`),
  ];
  const storage = spec.resources?.requests?.['storage'];
  const at = `${field}.resources[storage]`;
  if (storage === undefined) faults.push(required(at));
  else if (compareQuantity(storage, 0) <= 0) faults.push(invalid(at, storage, 'must be greater than zero'));
  if (spec.storageClassName) faults.push(...dnsSubdomain(`${field}.storageClassName`, spec.storageClassName));
  return [...faults, ...validateDataSource(spec, field)];
}

function validateDataSource({ dataSource, dataSourceRef }: PersistentVolumeClaimSpec, field: string): FieldError[] {
  const faults: FieldError[] = [];
  for (const [key, source] of [
    ['dataSource', dataSource],
    ['dataSourceRef', dataSourceRef],
  ] as const)
    if (source && !source.apiGroup && source.kind !== 'PersistentVolumeClaim')
      faults.push(invalid(`${field}.${key}`, source.kind, ''));
  return faults;
}

/** Bound claims may grow, and nothing else of them changes. */
function validateUpdate({ spec, status }: PersistentVolumeClaim, { spec: old }: PersistentVolumeClaim): FieldError[] {
  const faults: FieldError[] = [];
  const bound = status?.phase === 'Bound';
  const wanted = spec?.resources?.requests?.['storage'];
  const before = old?.resources?.requests?.['storage'];
  const given = status?.capacity?.['storage'];
  if (
    wanted !== undefined &&
    before !== undefined &&
    compareQuantity(wanted, before) < 0 &&
    compareQuantity(wanted, given) <= 0
  )
    faults.push(forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity'));
  const fixed = (from: PersistentVolumeClaimSpec | undefined) => ({
    ...from,
    volumeName: old?.volumeName ? from?.volumeName : undefined,
    storageClassName: old?.storageClassName === undefined ? undefined : from?.storageClassName,
    volumeAttributesClassName: undefined,
    resources: bound || wanted === before ? undefined : from?.resources,
  });
  if (!sameValue(fixed(spec), fixed(old)))
    faults.push(
      forbidden(
        'spec',
        `spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n${describeDifference(old, spec)}`,
      ),
    );
  return faults;
}

function claimCells(claim: PersistentVolumeClaim, now: Date): Cell[] {
  const bound = !!claim.spec?.volumeName;
  return [
    claim.metadata.name,
    claim.metadata.deletionTimestamp ? 'Terminating' : (claim.status?.phase ?? ''),
    claim.spec?.volumeName ?? '',
    bound ? (claim.status?.capacity?.['storage'] ?? '0') : '',
    bound ? formatAccessModes(claim.status?.accessModes) : '',
    claim.metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? claim.spec?.storageClassName ?? '',
    claim.spec?.volumeAttributesClassName ?? UNSET,
    age(claim, now),
    claim.spec?.volumeMode ?? UNSET,
  ];
}
