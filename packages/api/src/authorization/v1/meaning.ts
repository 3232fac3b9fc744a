/** The meaning of what an access review asks. */
import { type FieldError, invalid } from '@mkube/apimachinery';
import type { SelfSubjectAccessReviewSpec, SubjectAccessReviewSpec } from '../../generated/types/authorization-v1.ts';

export function validateAttributes({
  resourceAttributes,
  nonResourceAttributes,
}: SelfSubjectAccessReviewSpec): FieldError[] {
  if (resourceAttributes && nonResourceAttributes)
    return [
      invalid(
        'spec.nonResourceAttributes',
        nonResourceAttributes,
        'cannot be specified in combination with resourceAttributes',
      ),
    ];
  if (!resourceAttributes && !nonResourceAttributes)
    return [
      invalid(
        'spec.resourceAttributes',
        null,
        'exactly one of nonResourceAttributes or resourceAttributes must be specified',
      ),
    ];
  return [];
}

export function validateSubject(spec: SubjectAccessReviewSpec): FieldError[] {
  const faults = validateAttributes(spec);
  if (!spec.user && (spec.groups ?? []).length === 0)
    faults.push(invalid('spec.user', spec.user ?? '', 'at least one of user or group must be specified'));
  return faults;
}
