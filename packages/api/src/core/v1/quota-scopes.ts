/** What a quota with scopes counts: pods of a kind, or claims of a class of volume attributes. Pure. */
import type { KubernetesObject } from '@mkube/apimachinery';
import type { PersistentVolumeClaim, Pod, ResourceQuota } from '../../generated/types/core-v1.ts';
import { qosClassOf } from './pod/qos.ts';

export interface QuotaScope {
  scopeName: string;
  operator: string;
  values?: string[];
}

export const scopesOfQuota = ({ spec }: ResourceQuota): QuotaScope[] => [
  ...(spec.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' })),
  ...(spec.scopeSelector?.matchExpressions ?? []),
];

/** A quota without scopes is of everything that it names, one with scopes of the pods or claims that are in all of them. */
export function isInQuotaScopes(
  { group, resource }: { group: string; resource: string },
  object: KubernetesObject,
  scopes: readonly QuotaScope[],
): boolean {
  switch (`${resource}.${group}`) {
    case 'pods.':
      return scopes.every((scope) => isPodInScope(object as Pod, scope));
    case 'persistentvolumeclaims.':
      return scopes.every((scope) => isClaimInScope(object as PersistentVolumeClaim, scope));
    default:
      return scopes.length === 0;
  }
}

function isPodInScope(pod: Pod, { scopeName, operator, values = [] }: QuotaScope): boolean {
  const { spec } = pod;
  switch (scopeName) {
    case 'Terminating':
      return spec.activeDeadlineSeconds !== undefined;
    case 'NotTerminating':
      return spec.activeDeadlineSeconds === undefined;
    case 'BestEffort':
      return qosClassOf(pod.spec) === 'BestEffort';
    case 'NotBestEffort':
      return qosClassOf(pod.spec) !== 'BestEffort';
    case 'CrossNamespacePodAffinity':
      return reachesOtherNamespaces(pod);
    case 'PriorityClass':
      return matchesValue(spec.priorityClassName, operator, values);
    default:
      return false;
  }
}

/** A claim that is being changed belongs to the class that it had, too. */
function isClaimInScope(claim: PersistentVolumeClaim, { scopeName, operator, values = [] }: QuotaScope): boolean {
  if (scopeName !== 'VolumeAttributesClass') return false;
  const names = attributesClassesOf(claim);
  return (names.length > 0 ? names : [undefined]).some((name) => matchesValue(name, operator, values));
}

/** As wished for, as they are, and as they are on their way to be. */
export const attributesClassesOf = ({ spec, status }: PersistentVolumeClaim): string[] => [
  ...new Set(
    [
      spec.volumeAttributesClassName,
      status?.currentVolumeAttributesClassName,
      status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
    ].flatMap((name) => (name ? [name] : [])),
  ),
];

function matchesValue(value: string | undefined, operator: string, values: readonly string[]): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'DoesNotExist':
      return !value;
    default:
      return !!value;
  }
}

function reachesOtherNamespaces({ spec }: Pod): boolean {
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {};
  const terms = [podAffinity, podAntiAffinity].flatMap((affinity) => [
    ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm }) => podAffinityTerm),
  ]);
  return terms.some(
    ({ namespaces, namespaceSelector }) => (namespaces?.length ?? 0) > 0 || namespaceSelector !== undefined,
  );
}
