/** TokenReview, authentication.k8s.io/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { TokenReview } from '../../generated/types/authentication-v1.ts';

export const tokenReviews = defineResource<TokenReview>(facts.authentication.v1.TokenReview, {});
