/** CSINode, storage.k8s.io/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { CSINode } from '../../generated/types/storage-v1.ts';

export const csiNodes = defineResource<CSINode>(facts.storage.v1.CSINode);
