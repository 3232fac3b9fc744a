/** ClusterRole, rbac.authorization.k8s.io/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { ClusterRole } from '../../generated/types/rbac-v1.ts';

export const clusterRoles = defineResource<ClusterRole>(facts.rbac.v1.ClusterRole, {
  acts: true,
});
