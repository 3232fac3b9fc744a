/** References to objects of any kind: their names only have to survive in a path. */
import { type FieldError, checkDns1123Subdomain, checkPathSegment } from '@mkube/apimachinery';
import { format, requiredName } from '../../validation/checks.ts';

export const validateReference = (
  { apiGroup, kind, name }: { apiGroup?: string; kind: string; name: string },
  at: string,
): FieldError[] => [
  ...(apiGroup === undefined ? [] : format(`${at}.apiGroup`, apiGroup, checkDns1123Subdomain)),
  ...requiredName(`${at}.kind`, kind, checkPathSegment),
  ...requiredName(`${at}.name`, name, checkPathSegment),
];
