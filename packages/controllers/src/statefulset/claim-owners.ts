/**
 * Who owns the claim of a member, as the retention policy has it: the set, where claims go with it, or the member, once it is to go
 * and its claims with it. Pure.
 */
import type { Pod, StatefulSet } from '@mkube/api';
import { type KubernetesObject, type OwnerReference, controllerReferenceOf } from '@mkube/apimachinery';
import { ordinalOf, startOf } from './identity.ts';

const SET = { apiVersion: 'apps/v1', kind: 'StatefulSet' };
const POD = { apiVersion: 'v1', kind: 'Pod' };

export interface ClaimOwners {
  /** Undefined: as they are. */
  owners: OwnerReference[] | undefined;
  /** Somebody else controls the claim: the policy does not hold for it. */
  isForeign: boolean;
}

export function planClaimOwners(known: readonly OwnerReference[], set: StatefulSet, pod: Pod): ClaimOwners {
  const { whenDeleted = 'Retain', whenScaled = 'Retain' } = set.spec.persistentVolumeClaimRetentionPolicy ?? {};
  const isManaged = whenDeleted === 'Delete' || whenScaled === 'Delete';
  const isNamed = (ref: OwnerReference): boolean => names(ref, set, SET) || names(ref, pod, POD);
  const isOurs = ({ uid }: OwnerReference): boolean => uid === set.metadata.uid || uid === pod.metadata.uid;
  // Of a namesake that is gone: the garbage collector's to judge.
  if (known.some((ref) => isNamed(ref) && !isOurs(ref))) return { owners: undefined, isForeign: isManaged };
  const others = known.filter((ref) => !isNamed(ref));
  const ours = known.filter(isNamed);
  const isForeign = isManaged && others.some(({ controller }) => controller === true);
  const wanted = isForeign ? [] : ownersOf({ set, pod, whenDeleted, whenScaled });
  const isSame =
    ours.length === wanted.length &&
    wanted.every(({ uid }) => ours.some((ref) => ref.uid === uid && ref.controller === true));
  return { owners: isSame ? undefined : [...others, ...wanted], isForeign };
}

type Policies = { set: StatefulSet; pod: Pod; whenDeleted: string; whenScaled: string };

function ownersOf({ set, pod, whenDeleted, whenScaled }: Policies): OwnerReference[] {
  const ordinal = ordinalOf(set, pod) ?? -1;
  const isCondemned = ordinal < startOf(set) || ordinal >= startOf(set) + (set.spec.replicas ?? 1);
  if (whenScaled === 'Delete' && isCondemned) return [controllerReferenceOf(pod, POD)];
  return whenDeleted === 'Delete' ? [controllerReferenceOf(set, SET)] : [];
}

const names = (ref: OwnerReference, { metadata }: KubernetesObject, { apiVersion, kind }: typeof SET): boolean =>
  ref.apiVersion === apiVersion && ref.kind === kind && ref.name === metadata.name;
