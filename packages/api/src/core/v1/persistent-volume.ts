/** PersistentVolume, v1: what the facts do not hold. */
import { formatTime, required } from '@mkube/apimachinery';
import { UNSET, age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { PersistentVolume } from '../../generated/types/core-v1.ts';
import { validateVolumeSpec } from './persistent-volume-spec.ts';
import { validateVolumeUpdate } from './persistent-volume-update.ts';
import { deprecatedDrivers } from './pod/warnings/volumes.ts';
import { formatAccessModes } from './volumes/access-modes.ts';

export const persistentVolumes = defineResource<PersistentVolume>(facts.core.v1.PersistentVolume, {
  prepareForCreate: (volume, { now }) => ({
    ...volume,
    status: { phase: 'Pending', lastPhaseTransitionTime: formatTime(now) },
  }),
  prepareForUpdate: (volume, old, { subresource, now }) =>
    subresource === 'status' ? withTransitionTime(volume, old, now) : volume,
  validate: ({ spec }) => (spec ? validateVolumeSpec(spec, 'spec') : [required('spec')]),
  warnings,
  validateUpdate: validateVolumeUpdate,
  validateStatus: () => [],
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

/** A phase that changes without a time of its own changes now. */
function withTransitionTime(volume: PersistentVolume, { status: old }: PersistentVolume, now: Date): PersistentVolume {
  const { lastPhaseTransitionTime: said, ...status } = volume.status ?? {};
  const before = old?.lastPhaseTransitionTime;
  const isSame = (status.phase ?? '') === (old?.phase ?? '');
  const time = isSame ? (said ?? before) : said === undefined || said === before ? formatTime(now) : said;
  if (time === said) return volume;
  return { ...volume, status: { ...status, ...(time !== undefined && { lastPhaseTransitionTime: time }) } };
}

const RECYCLE =
  'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.';

const DEPRECATED_ANNOTATIONS: Readonly<Record<string, string>> = {
  'volume.beta.kubernetes.io/storage-class': 'deprecated since v1.8; use "storageClassName" attribute instead',
  'volume.beta.kubernetes.io/mount-options': 'deprecated since v1.31; use "mountOptions" attribute instead',
};

function warnings({ metadata, spec }: PersistentVolume): string[] {
  // of these two, pods alone are told
  const { flocker: _f, quobyte: _q, ...told } = spec ?? {};
  return [
    ...Object.entries(DEPRECATED_ANNOTATIONS)
      .filter(([key]) => metadata.annotations?.[key] !== undefined)
      .map(([key, text]) => `metadata.annotations[${key}]: ${text}`),
    ...(spec?.persistentVolumeReclaimPolicy === 'Recycle' ? [RECYCLE] : []),
    ...deprecatedDrivers(told, 'spec'),
  ];
}
