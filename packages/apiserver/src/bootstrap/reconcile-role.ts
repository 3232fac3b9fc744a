/**
 * Roles and bindings that are there already get what this version's have and they lack, unless an administrator said not
 * to. Nothing is ever taken away.
 */
import type { ClusterRole, ClusterRoleBinding } from '@mkube/api';
import type { KubernetesObject } from '@mkube/apimachinery';
import { isDeepStrictEqual } from 'node:util';
import { missingRules } from '../auth/rbac/escalation.ts';
import type { Entry } from '../storage/entry.ts';
import type { Storage } from '../storage/storage.ts';

const AUTOUPDATE = 'rbac.authorization.kubernetes.io/autoupdate';

export async function reconcileRole(storage: Storage, existing: Entry, wanted: KubernetesObject): Promise<void> {
  if (storage.definition.group !== 'rbac.authorization.k8s.io') return;
  if (merged(existing.object, wanted) === existing.object) return;
  await storage.update(existing, ({ object }) => merged(object, wanted));
}

function merged(object: KubernetesObject, wanted: KubernetesObject): KubernetesObject {
  if (object.metadata.annotations?.[AUTOUPDATE] !== 'true') return object;
  return wanted.kind.endsWith('Binding')
    ? (withSubjects(object as ClusterRoleBinding, wanted as ClusterRoleBinding) as unknown as KubernetesObject)
    : (withRules(object as ClusterRole, wanted as ClusterRole) as unknown as KubernetesObject);
}

function withRules(role: ClusterRole, wanted: ClusterRole): ClusterRole {
  if (wanted.aggregationRule) return role;
  const missing = (wanted.rules ?? []).filter((rule) => missingRules([rule], role.rules ?? []).length > 0);
  return missing.length === 0 ? role : { ...role, rules: [...(role.rules ?? []), ...missing] };
}

function withSubjects(binding: ClusterRoleBinding, wanted: ClusterRoleBinding): ClusterRoleBinding {
  const have = binding.subjects ?? [];
  const missing = (wanted.subjects ?? []).filter((subject) => !have.some((own) => isSame(own, subject)));
  return missing.length === 0 ? binding : { ...binding, subjects: [...have, ...missing] };
}

type Subject = { kind?: string; name?: string; namespace?: string };
const isSame = (a: Subject, b: Subject): boolean =>
  isDeepStrictEqual([a.kind, a.name, a.namespace ?? ''], [b.kind, b.name, b.namespace ?? '']);
