/** Images of pods; templates may have what is no image yet. */
import { type FieldError, invalid } from '@mkube/apimachinery';
import type { PodSpec } from '../../../../generated/types/core-v1.ts';
import { each } from '../../../../validation/checks.ts';

export const validateImages = (spec: PodSpec, field: string): FieldError[] =>
  (['containers', 'initContainers', 'ephemeralContainers'] as const).flatMap((key) =>
    each<{ image?: string }>(spec[key], `${field}.${key}`, ({ image = '' }, at) =>
      image.trim() === image ? [] : [invalid(`${at}.image`, image, 'must not have leading or trailing whitespace')],
    ),
  );
