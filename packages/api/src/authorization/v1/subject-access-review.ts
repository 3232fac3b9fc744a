/** SubjectAccessReview, authorization.k8s.io/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { SubjectAccessReview } from '../../generated/types/authorization-v1.ts';
import { validateSubject } from './meaning.ts';

export const subjectAccessReviews = defineResource<SubjectAccessReview>(facts.authorization.v1.SubjectAccessReview, {
  validate: ({ spec }) => validateSubject(spec ?? {}),
});
