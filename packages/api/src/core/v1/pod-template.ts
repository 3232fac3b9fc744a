/** PodTemplate, v1: what the facts do not hold. */
import { containersAndImages, formatLabels } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { PodTemplate } from '../../generated/types/core-v1.ts';
import { validatePodTemplate } from './pod/validation/pod-spec.ts';
import { podWarnings } from './pod/warnings/pod.ts';

export const podTemplates = defineResource<PodTemplate>(facts.core.v1.PodTemplate, {
  validate: ({ template }) => validatePodTemplate(template, 'template'),
  warnings: ({ template }) => podWarnings(template, 'template'),
  cells: ({ metadata, template }) => [
    metadata.name,
    ...containersAndImages(template?.spec),
    formatLabels(template?.metadata?.labels),
  ],
});
