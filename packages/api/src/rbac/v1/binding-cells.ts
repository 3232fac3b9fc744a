/** The row of a RoleBinding or ClusterRoleBinding. */
import type { Cell } from '@mkube/apimachinery';
import { age } from '../../cells.ts';
import type { ClusterRoleBinding, RoleBinding, Subject } from '../../generated/types/rbac-v1.ts';

export function bindingCells(binding: RoleBinding | ClusterRoleBinding, now: Date): Cell[] {
  const subjects = (kind: string, show: (s: Subject) => string) =>
    (binding.subjects ?? [])
      .filter((s) => s.kind === kind)
      .map(show)
      .join(', ');
  return [
    binding.metadata.name,
    `${binding.roleRef?.kind ?? ''}/${binding.roleRef?.name ?? ''}`,
    age(binding, now),
    subjects('User', (s) => s.name),
    subjects('Group', (s) => s.name),
    subjects('ServiceAccount', (s) => `${s.namespace ?? ''}/${s.name}`),
  ];
}
