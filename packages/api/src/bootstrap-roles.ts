/** RBAC objects that every cluster starts with, as the objects to create: Kubernetes' own roles and bindings. */
import type { Input } from '@mkube/apimachinery';
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from './generated/types/rbac-v1.ts';
import { rbacBootstrap } from './generated/rbac-bootstrap.ts';

export interface BootstrapRoles {
  clusterRoles: Input<ClusterRole>[];
  clusterRoleBindings: Input<ClusterRoleBinding>[];
  roles: Input<Role>[];
  roleBindings: Input<RoleBinding>[];
}

type Row = { kind: string; name: string; namespace?: string; labels?: object; annotations?: object };

function objectOf<T>({ kind, name, namespace, labels, annotations, ...rest }: Row): T {
  const metadata = {
    name,
    ...(namespace && { namespace }),
    ...(labels && { labels }),
    ...(annotations && { annotations }),
  };
  return { kind, apiVersion: 'rbac.authorization.k8s.io/v1', metadata, ...rest } as T;
}

/** Parsed anew at each call: it is needed once, when a cluster starts. */
export function bootstrapRoles(): BootstrapRoles {
  const rows = JSON.parse(rbacBootstrap()) as Record<string, Row[]>;
  const all = <T>(...lists: string[]): T[] => lists.flatMap((l) => (rows[l] ?? []).map((row) => objectOf<T>(row)));
  return {
    clusterRoles: all('clusterRoles', 'controllerRoles'),
    clusterRoleBindings: all('clusterRoleBindings', 'controllerRoleBindings'),
    roles: all('namespaceRoles'),
    roleBindings: all('namespaceRoleBindings'),
  };
}
