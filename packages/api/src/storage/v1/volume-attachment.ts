/** VolumeAttachment, storage.k8s.io/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { VolumeAttachment } from '../../generated/types/storage-v1.ts';

export const volumeAttachments = defineResource<VolumeAttachment>(facts.storage.v1.VolumeAttachment);
