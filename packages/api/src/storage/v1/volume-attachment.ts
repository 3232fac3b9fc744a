/** VolumeAttachment, storage.k8s.io/v1: what the facts do not hold. */
import { type FieldError, forbidden, required } from '@mkube/apimachinery';
import { age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { PersistentVolumeSpec } from '../../generated/types/core-v1.ts';
import type { VolumeAttachment } from '../../generated/types/storage-v1.ts';
import { validateVolumeSpec } from '../../core/v1/persistent-volume-spec.ts';
import { validateDriverName } from '../../core/v1/volumes/sources.ts';
import { dnsSubdomain, immutable } from '../../validation/checks.ts';

export const volumeAttachments = defineResource<VolumeAttachment>(facts.storage.v1.VolumeAttachment, {
  validate: validateAttachment,
  validateUpdate: ({ spec }, { spec: old }) => immutable('spec', spec, old),
  validateStatus: () => [],
  cells: (object, now) => [
    object.metadata.name,
    object.spec?.attacher ?? '',
    object.spec?.source?.persistentVolumeName ?? '',
    object.spec?.nodeName ?? '',
    object.status?.attached ?? false,
    age(object, now),
  ],
});

function validateAttachment({ spec }: VolumeAttachment, old?: VolumeAttachment): FieldError[] {
  const { attacher, nodeName, source } = spec ?? {};
  const { persistentVolumeName: name, inlineVolumeSpec } = source ?? {};
  const volume = 'spec.source.persistentVolumeName';
  return [
    ...(attacher ? [] : [required('spec.attacher')]),
    ...validateSource(name, inlineVolumeSpec),
    ...dnsSubdomain('spec.nodeName', nodeName ?? ''),
    // what was accepted before these rules stays
    ...(old
      ? []
      : [...validateDriverName(attacher, 'spec.attacher'), ...(name === undefined ? [] : dnsSubdomain(volume, name))]),
  ];
}

function validateSource(name: string | undefined, inline: PersistentVolumeSpec | undefined): FieldError[] {
  const at = 'spec.source';
  const one = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';
  if (name === undefined && !inline) return [required(at, one)];
  if (name !== undefined && inline) return [forbidden(at, one)];
  if (inline) return validateVolumeSpec(inline, `${at}.inlineVolumeSpec`, { inline: true });
  return name === '' ? [required(`${at}.persistentVolumeName`, 'must specify non empty persistentVolumeName')] : [];
}
