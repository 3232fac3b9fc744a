/**
 * Ownership after a write that is no apply: what changed belongs to the writer and to nobody else; what is gone belongs to
 * nobody. An object that nobody ever applied or created here is not tracked until its first apply.
 */
import type { ManagedFieldsEntry } from '../generated/meta-v1.ts';
import type { KubernetesObject, Schema } from '../resource.ts';
import { difference, isEmptySet, union } from './field-set.ts';
import {
  type Manager,
  capUpdaters,
  decodeManagers,
  decodeSentManagers,
  encodeOrdered,
  encodeManagers,
  isSameManager,
} from './managers.ts';
import type { NewFields } from './new-fields.ts';
import { compareOwned, withoutTaken } from './ownership.ts';

export interface UpdateManagedFieldsOptions<T extends KubernetesObject> {
  schema: Schema;
  /** The stored object; undefined on create. */
  live: T | undefined;
  /** The object that is to be stored, decoded. */
  object: T;
  manager: string;
  /** '' for the main resource. */
  subresource?: string;
  /** Top-level or dotted fields that the endpoint resets. */
  resetFields?: readonly string[];
  /** Of the write. */
  time: string;
  /** Knows the sets of new objects. */
  newFields?: NewFields;
}

/** The object with its managedFields. Managed fields in `object` itself are taken at their word, but for subresources. */
export function updateManagedFields<T extends KubernetesObject>(options: UpdateManagedFieldsOptions<T>): T {
  const { schema, live, object, subresource = '', resetFields = [] } = options;
  const self: Omit<Manager, 'set' | 'time'> = {
    manager: options.manager,
    operation: 'Update',
    apiVersion: object.apiVersion,
    subresource,
  };
  if (!live && object.metadata.managedFields === undefined) {
    const set = options.newFields?.setOf({ schema, object, resetFields });
    if (set) return withManagedFields(object, [encodeOrdered({ ...self, set, time: options.time })]);
  }
  const managers = startingFrom(live, object, subresource);
  if (live && managers.length === 0) return withManagedFields(object, []);
  const before = live ? withoutManagedFields(live) : schema.decode(typeOf(object)).object;
  const { added, modified, removed } = compareOwned({
    root: schema.root,
    before,
    after: withoutManagedFields(object),
    resetFields,
  });
  const taken = union(added, modified);
  if (isEmptySet(taken) && isEmptySet(removed)) return withManagers(object, { managers, live });
  const mine = managers.find((manager) => isSameManager(manager, self));
  const others = withoutTaken(
    managers.filter((manager) => manager !== mine),
    { taken, removed },
  );
  const set = union(difference(mine?.set ?? {}, removed), taken);
  const time = isEmptySet(taken) ? mine?.time : options.time;
  return withManagers(object, { managers: capUpdaters([...others, { ...self, set, time }]), live });
}

const typeOf = ({ apiVersion, kind }: KubernetesObject): { apiVersion: string; kind: string } => ({ apiVersion, kind });

/** What the client sent, where it sent something that can be read; else what is stored. */
function startingFrom(live: KubernetesObject | undefined, object: KubernetesObject, subresource: string): Manager[] {
  const stored = decodeManagers(live?.metadata.managedFields);
  if (subresource) return stored;
  const entries = object.metadata.managedFields;
  if (entries === undefined || entries === live?.metadata.managedFields) return stored;
  return isReset(entries) ? [] : (decodeSentManagers(entries) ?? stored);
}

/** `managedFields: []` and `[{}]` clear them. */
const isReset = (entries: readonly Partial<ManagedFieldsEntry>[]): boolean =>
  entries.length === 0 || (entries.length === 1 && Object.keys(entries[0] ?? {}).length === 0);

export function withoutManagedFields<T extends KubernetesObject>(object: T): T {
  if (object.metadata.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** managedFields come last in metadata, as in the facts. */
export const withManagedFields = <T extends KubernetesObject>(object: T, entries: ManagedFieldsEntry[]): T => {
  const { managedFields: before } = object.metadata;
  if (entries.length === 0) return withoutManagedFields(object);
  if (before === entries) return object;
  return { ...object, metadata: { ...withoutManagedFields(object).metadata, managedFields: entries } };
};

/** Entries that did not change are the stored ones, so that a write that changes nothing is seen to change nothing. */
export function withManagers<T extends KubernetesObject>(
  object: T,
  { managers, live }: { managers: readonly Manager[]; live: KubernetesObject | undefined },
): T {
  const stored = live?.metadata.managedFields ?? [];
  const entries = encodeManagers(managers);
  const same = entries.length === stored.length && entries.every((entry, i) => entry === stored[i]);
  return withManagedFields(object, same ? stored : entries);
}
