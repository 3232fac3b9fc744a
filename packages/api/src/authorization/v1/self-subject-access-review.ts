/** SelfSubjectAccessReview, authorization.k8s.io/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { SelfSubjectAccessReview } from '../../generated/types/authorization-v1.ts';
import { validateAttributes } from './meaning.ts';

export const selfSubjectAccessReviews = defineResource<SelfSubjectAccessReview>(
  facts.authorization.v1.SelfSubjectAccessReview,
  {
    validate: ({ spec }) => validateAttributes(spec ?? {}),
  },
);
