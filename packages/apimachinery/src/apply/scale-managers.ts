/**
 * Who owns an object's replicas, as the managedFields of its Scale say it, and back: the scale endpoint applies to a Scale, and what
 * becomes of its owners is handed over to the object. All other fields of the object keep theirs.
 */
import type { ManagedFieldsEntry } from '../generated/meta-v1.ts';
import { type FieldSet, difference, intersection, isEmptySet, setOfNames } from './field-set.ts';
import { type Manager, decodeManagers, encodeManager, encodeManagers } from './managers.ts';

export interface ReplicasOwnership {
  /** Of the object. */
  managedFields: readonly ManagedFieldsEntry[] | undefined;
  /** Where each group-version of the object's kind keeps its replicas: ['spec', 'replicas']. */
  replicas: ReadonlyMap<string, readonly string[]>;
}

const SCALE = 'autoscaling/v1';
const IN_SCALE = setOfNames([['spec', 'replicas']]);

export const scaleManagedFields = ({ managedFields, replicas }: ReplicasOwnership): ManagedFieldsEntry[] =>
  decodeManagers(managedFields)
    .filter((manager) => ownsReplicas(manager, replicas))
    .map((manager) => encodeManager({ ...manager, apiVersion: SCALE, set: IN_SCALE }));

/** Entries that stay as they are are the stored ones. */
export function scaledManagedFields(
  { managedFields, replicas }: ReplicasOwnership,
  { scale, apiVersion }: { scale: readonly ManagedFieldsEntry[] | undefined; apiVersion: string },
): ManagedFieldsEntry[] {
  const before = decodeManagers(managedFields);
  const owners = decodeManagers(scale).filter(({ set }) => !isEmptySet(intersection(set, IN_SCALE)));
  const kept = before.map((manager) => {
    const owner = owners.find((one) => isSameWriter(one, manager));
    if (owner) return { ...manager, time: owner.time };
    return { ...manager, set: difference(manager.set, setAt(replicas, manager.apiVersion)) };
  });
  const joined = owners
    .filter((owner) => !before.some((manager) => isSameWriter(owner, manager) && ownsReplicas(manager, replicas)))
    .map((owner) => ({ ...owner, apiVersion, set: setAt(replicas, apiVersion) }));
  return encodeManagers([...kept, ...joined]);
}

const setAt = (replicas: ReplicasOwnership['replicas'], apiVersion: string): FieldSet => {
  const path = replicas.get(apiVersion);
  return path ? setOfNames([path]) : {};
};

const ownsReplicas = ({ set, apiVersion }: Manager, replicas: ReplicasOwnership['replicas']): boolean =>
  !isEmptySet(intersection(set, setAt(replicas, apiVersion)));

const isSameWriter = (a: Manager, b: Manager): boolean =>
  a.manager === b.manager && a.operation === b.operation && a.subresource === b.subresource;
