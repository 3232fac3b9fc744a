/** PodTemplate, v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { PodTemplate } from '../../generated/types/core-v1.ts';

export const podTemplates = defineResource<PodTemplate>(facts.core.v1.PodTemplate);
