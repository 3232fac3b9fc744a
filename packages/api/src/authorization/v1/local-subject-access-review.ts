/** LocalSubjectAccessReview, authorization.k8s.io/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { LocalSubjectAccessReview } from '../../generated/types/authorization-v1.ts';
import { validateSubject } from './meaning.ts';

export const localSubjectAccessReviews = defineResource<LocalSubjectAccessReview>(
  facts.authorization.v1.LocalSubjectAccessReview,
  {
    validate: ({ spec }) => validateSubject(spec ?? {}),
  },
);
