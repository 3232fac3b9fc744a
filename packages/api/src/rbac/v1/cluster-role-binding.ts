/** ClusterRoleBinding, rbac.authorization.k8s.io/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { ClusterRoleBinding } from '../../generated/types/rbac-v1.ts';

export const clusterRoleBindings = defineResource<ClusterRoleBinding>(facts.rbac.v1.ClusterRoleBinding, {
  acts: true,
});
