/** Role, rbac.authorization.k8s.io/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { Role } from '../../generated/types/rbac-v1.ts';
import { validateRules } from './rules.ts';

export const roles = defineResource<Role>(facts.rbac.v1.Role, {
  nameFormat: 'path',
  validate: ({ rules }) => validateRules(rules, true),
});
