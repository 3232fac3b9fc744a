/** VolumeAttachment, storage.k8s.io/v1: what the facts do not hold. */
import { type FieldError, forbidden, required } from '@mkube/apimachinery';
import { age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { VolumeAttachment } from '../../generated/types/storage-v1.ts';
import { immutable } from '../../validation/checks.ts';

export const volumeAttachments = defineResource<VolumeAttachment>(facts.storage.v1.VolumeAttachment, {
  validate: validateAttachment,
  validateUpdate: ({ spec }, { spec: old }, { subresource }) =>
    subresource === 'status' ? [] : immutable('spec', spec, old),
  cells: (object, now) => [
    object.metadata.name,
    object.spec?.attacher ?? '',
    object.spec?.source?.persistentVolumeName ?? '',
    object.spec?.nodeName ?? '',
    object.status?.attached ?? false,
    age(object, now),
  ],
});

function validateAttachment({ spec }: VolumeAttachment): FieldError[] {
  const { persistentVolumeName, inlineVolumeSpec } = spec?.source ?? {};
  const at = 'spec.source';
  if (persistentVolumeName === undefined && !inlineVolumeSpec)
    return [required(at, 'must specify exactly one of inlineVolumeSpec and persistentVolumeName')];
  if (persistentVolumeName !== undefined && inlineVolumeSpec)
    return [forbidden(at, 'must specify exactly one of inlineVolumeSpec and persistentVolumeName')];
  return persistentVolumeName === '' ? [required(`${at}.persistentVolumeName`)] : [];
}
