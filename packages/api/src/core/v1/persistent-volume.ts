/** PersistentVolume, v1: what the facts do not hold. */
import { type FieldError, compareQuantity, forbidden, invalid, notSupported, required } from '@mkube/apimachinery';
import { UNSET, age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { PersistentVolume, PersistentVolumeSpec } from '../../generated/types/core-v1.ts';
import { dnsSubdomain, sameValue } from '../../validation/checks.ts';
import { describeDifference } from '../../validation/difference.ts';
import { validateNodeSelector } from './pod/validation/scheduling.ts';
import { noBackstep } from './pod/validation/paths.ts';
import { formatAccessModes } from './volumes/access-modes.ts';

export const persistentVolumes = defineResource<PersistentVolume>(facts.core.v1.PersistentVolume, {
  acts: true,
  prepareForCreate: (volume, { now }) => ({
    ...volume,
    status: { phase: 'Pending', lastPhaseTransitionTime: `${now.toISOString().slice(0, 19)}Z` },
  }),
  validate: ({ spec }) => validateSpec(spec),
  validateUpdate: (volume, old, { subresource }) => (subresource === 'status' ? [] : validateUpdate(volume, old)),
  cells: (volume, now) => [
    volume.metadata.name,
    volume.spec?.capacity?.['storage'] ?? '0',
    formatAccessModes(volume.spec?.accessModes),
    volume.spec?.persistentVolumeReclaimPolicy ?? '',
    volume.metadata.deletionTimestamp ? 'Terminating' : (volume.status?.phase ?? ''),
    volume.spec?.claimRef ? `${volume.spec.claimRef.namespace ?? ''}/${volume.spec.claimRef.name ?? ''}` : '',
    volume.metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? volume.spec?.storageClassName ?? '',
    volume.spec?.volumeAttributesClassName ?? UNSET,
    volume.status?.reason ?? '',
    age(volume, now),
    volume.spec?.volumeMode ?? UNSET,
  ],
});

const NO_SOURCE: ReadonlySet<string> = new Set([
  'capacity',
  'accessModes',
  'claimRef',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'mountOptions',
  'volumeMode',
  'nodeAffinity',
  'volumeAttributesClassName',
]);

const sourcesOf = (spec: PersistentVolumeSpec): string[] => Object.keys(spec).filter((key) => !NO_SOURCE.has(key));

function validateSpec(spec: PersistentVolumeSpec | undefined): FieldError[] {
  if (!spec) return [required('spec')];
  const { accessModes = [] } = spec;
  const faults =
    accessModes.length === 0 ? [required('spec.accessModes')] : validateModes(accessModes, 'spec.accessModes');
  faults.push(...validateCapacity(spec));
  const [first, ...more] = sourcesOf(spec);
  if (first === undefined) faults.push(required('spec', 'must specify a volume type'));
  for (const key of more) faults.push(forbidden(`spec.${key}`, 'may not specify more than 1 volume type'));
  if (spec.hostPath) faults.push(...noBackstep('spec.hostPath.path', spec.hostPath.path ?? ''));
  if (spec.hostPath?.path === '/' && spec.persistentVolumeReclaimPolicy === 'Recycle')
    faults.push(forbidden('spec.persistentVolumeReclaimPolicy', "may not be 'recycle' for a hostPath mount of '/'"));
  if (spec.local) {
    faults.push(...noBackstep('spec.local.path', spec.local.path ?? ''));
    if (!spec.nodeAffinity?.required) faults.push(required('spec.nodeAffinity', 'Local volume requires node affinity'));
  }
  if (spec.csi && !spec.csi.volumeHandle) faults.push(required('spec.csi.volumeHandle'));
  if (spec.nodeAffinity?.required)
    faults.push(...validateNodeSelector(spec.nodeAffinity.required, 'spec.nodeAffinity.required'));
  if (spec.storageClassName) faults.push(...dnsSubdomain('spec.storageClassName', spec.storageClassName));
  return faults;
}

const MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];

export function validateModes(modes: readonly string[], field: string): FieldError[] {
  const faults = modes.filter((m) => !MODES.includes(m)).map((m) => notSupported(field, m, MODES));
  const others = modes.some((mode) => mode !== 'ReadWriteOncePod' && MODES.includes(mode));
  if (modes.includes('ReadWriteOncePod') && others)
    faults.push(forbidden(field, 'may not use ReadWriteOncePod with other access modes'));
  return faults;
}

function validateCapacity(spec: PersistentVolumeSpec): FieldError[] {
  const capacity = spec.capacity ?? {};
  if (Object.keys(capacity).length === 0) return [required('spec.capacity')];
  if (capacity['storage'] === undefined || Object.keys(capacity).length > 1)
    return [notSupported('spec.capacity', capacity, ['storage'])];
  return compareQuantity(capacity['storage'], 0) <= 0
    ? [invalid('spec.capacity[storage]', capacity['storage'], 'must be greater than zero')]
    : [];
}

function validateUpdate({ spec }: PersistentVolume, { spec: old }: PersistentVolume): FieldError[] {
  const sources = (from: PersistentVolumeSpec | undefined) =>
    Object.fromEntries(sourcesOf(from ?? {}).map((key) => [key, from?.[key as keyof PersistentVolumeSpec]]));
  const faults: FieldError[] = [];
  if (!sameValue(sources(spec), sources(old)))
    faults.push(
      forbidden(
        'spec.persistentvolumesource',
        `spec.persistentvolumesource is immutable after creation\n${describeDifference(sources(old), sources(spec))}`,
      ),
    );
  if (spec?.volumeMode !== old?.volumeMode)
    faults.push(invalid('spec.volumeMode', spec?.volumeMode ?? null, 'field is immutable'));
  if (old?.nodeAffinity && !sameValue(spec?.nodeAffinity, old.nodeAffinity))
    faults.push(invalid('spec.nodeAffinity', spec?.nodeAffinity ?? null, 'field is immutable'));
  return faults;
}
