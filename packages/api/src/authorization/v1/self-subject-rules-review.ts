/** SelfSubjectRulesReview, authorization.k8s.io/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { SelfSubjectRulesReview } from '../../generated/types/authorization-v1.ts';

export const selfSubjectRulesReviews = defineResource<SelfSubjectRulesReview>(
  facts.authorization.v1.SelfSubjectRulesReview,
  {},
);
