/** ClusterRoleBinding, rbac.authorization.k8s.io/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { ClusterRoleBinding } from '../../generated/types/rbac-v1.ts';
import { bindingCells } from './binding-cells.ts';
import { validateRoleRef, validateRoleRefUpdate, validateSubjects } from './rules.ts';

export const clusterRoleBindings = defineResource<ClusterRoleBinding>(facts.rbac.v1.ClusterRoleBinding, {
  nameFormat: 'path',
  validate: ({ roleRef, subjects }) => [
    ...validateRoleRef(roleRef, ['ClusterRole']),
    ...validateSubjects(subjects, { namespaced: false }),
  ],
  validateUpdate: ({ roleRef }, old) => validateRoleRefUpdate(roleRef, old.roleRef),
  cells: bindingCells,
});
