/** RoleBinding, rbac.authorization.k8s.io/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { RoleBinding } from '../../generated/types/rbac-v1.ts';
import { bindingCells } from './binding-cells.ts';
import { validateRoleRef, validateRoleRefUpdate, validateSubjects } from './rules.ts';

export const roleBindings = defineResource<RoleBinding>(facts.rbac.v1.RoleBinding, {
  nameFormat: 'path',
  validate: ({ roleRef, subjects }) => [
    ...validateRoleRef(roleRef, ['Role', 'ClusterRole']),
    ...validateSubjects(subjects, { namespaced: true }),
  ],
  validateUpdate: ({ roleRef }, old) => validateRoleRefUpdate(roleRef, old.roleRef),
  cells: bindingCells,
});
