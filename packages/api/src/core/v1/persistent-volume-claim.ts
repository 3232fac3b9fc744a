/** PersistentVolumeClaim, v1: what the facts do not hold. */
import {
  type Cell,
  type FieldError,
  compareQuantity,
  invalid,
  notSupported,
  required,
  validateLabelSelector,
} from '@mkube/apimachinery';
import { UNSET, age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../../generated/types/core-v1.ts';
import { dnsSubdomain, sameValue } from '../../validation/checks.ts';
import { claimSpecWarnings } from './pod/warnings/volumes.ts';
import { validateClaimUpdate } from './persistent-volume-claim-update.ts';
import { validateClaimStatus } from './persistent-volume-claim-status.ts';
import { withSources } from './volumes/data-sources.ts';
import { validateModes } from './persistent-volume-spec.ts';
import { formatAccessModes } from './volumes/access-modes.ts';

const OLD_CLASS = 'volume.beta.kubernetes.io/storage-class';

export const persistentVolumeClaims = defineResource<PersistentVolumeClaim>(facts.core.v1.PersistentVolumeClaim, {
  prepareForCreate: (claim) => withSources({ ...claim, status: { phase: 'Pending' } }),
  validate: ({ spec }) => validateClaimSpec(spec, 'spec'),
  warnings: ({ metadata, spec }) => [
    ...(metadata.annotations?.[OLD_CLASS] === undefined
      ? []
      : [`metadata.annotations[${OLD_CLASS}]: deprecated since v1.8; use "storageClassName" attribute instead`]),
    ...claimSpecWarnings(spec, 'spec'),
  ],
  prepareForUpdate: (claim, old, { subresource }) => (subresource === 'status' ? claim : withSources(claim, old)),
  validateUpdate: validateClaimUpdate,
  validateStatus: ({ status }) => validateClaimStatus(status),
  cells: claimCells,
});

export function validateClaimSpec(spec: PersistentVolumeClaimSpec | undefined, field: string): FieldError[] {
  const { accessModes = [], selector, storageClassName, volumeMode, volumeAttributesClassName } = spec ?? {};
  const modes = `${field}.accessModes`;
  return [
    ...(accessModes.length === 0 ? [required(modes, 'at least 1 access mode is required')] : []),
    ...validateLabelSelector(selector, `${field}.selector`),
    ...validateModes(accessModes, modes),
    ...validateStorage(spec, `${field}.resources[storage]`),
    ...(storageClassName ? dnsSubdomain(`${field}.storageClassName`, storageClassName) : []),
    ...(volumeMode === undefined || VOLUME_MODES.includes(volumeMode)
      ? []
      : [notSupported(`${field}.volumeMode`, volumeMode, VOLUME_MODES)]),
    ...validateSources(spec ?? {}, field),
    ...(volumeAttributesClassName ? dnsSubdomain(`${field}.volumeAttributesClassName`, volumeAttributesClassName) : []),
  ];
}

const VOLUME_MODES: readonly string[] = ['Block', 'Filesystem'];

function validateStorage(spec: PersistentVolumeClaimSpec | undefined, at: string): FieldError[] {
  const storage = spec?.resources?.requests?.['storage'];
  if (storage === undefined) return [required(at)];
  return compareQuantity(storage, 0) <= 0 ? [invalid(at, storage, 'must be greater than zero')] : [];
}

function validateSources(
  { dataSource, dataSourceRef }: Partial<PersistentVolumeClaimSpec>,
  field: string,
): FieldError[] {
  const faults = [
    ...(dataSource ? validateSource(dataSource, `${field}.dataSource`) : []),
    ...(dataSourceRef ? validateSource(dataSourceRef, `${field}.dataSourceRef`) : []),
  ];
  if (!dataSource || !dataSourceRef) return faults;
  const { namespace, ...ref } = dataSourceRef;
  const shown = {};
  if (namespace) faults.push(invalid(field, shown, 'may not be specified when dataSourceRef.namespace is specified'));
  else if (!sameValue(dataSource, ref)) faults.push(invalid(field, shown, 'must match dataSourceRef'));
  return faults;
}

const NO_GROUP = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";

function validateSource(source: { apiGroup?: string; kind: string; name: string }, at: string): FieldError[] {
  const { apiGroup = '', kind, name } = source;
  return [
    ...(name ? [] : [required(`${at}.name`)]),
    ...(kind ? [] : [required(`${at}.kind`)]),
    ...(apiGroup === '' && kind !== 'PersistentVolumeClaim' ? [invalid(at, kind ?? '', NO_GROUP)] : []),
    ...(apiGroup ? dnsSubdomain(`${at}.apiGroup`, apiGroup) : []),
  ];
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
