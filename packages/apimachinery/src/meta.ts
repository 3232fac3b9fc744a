/**
 * What any code asks of any object's metadata: owners, finalizers, keys, conditions. All pure; objects are never changed.
 */
import type { ObjectMeta, OwnerReference } from './generated/meta-v1.ts';
import type { KubernetesObject } from './resource.ts';

type HasOwners = { readonly metadata: Pick<ObjectMeta, 'ownerReferences'> };
type HasUid = { readonly metadata: Pick<ObjectMeta, 'uid'> };

/** The owner that manages the object, if any. */
export const controllerOf = (object: HasOwners): OwnerReference | undefined =>
  object.metadata.ownerReferences?.find((owner) => owner.controller === true);

export const isControlledBy = (object: HasOwners, owner: HasUid): boolean =>
  controllerOf(object)?.uid === owner.metadata.uid;

export const isOwnedBy = (object: HasOwners, owner: HasUid): boolean =>
  object.metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid) ?? false;

/** A reference to `owner`; apiVersion and kind are named apart, as items of a list carry none. */
export const ownerReferenceOf = (
  owner: { readonly metadata: Pick<ObjectMeta, 'name' | 'uid'> },
  { apiVersion, kind }: { apiVersion: string; kind: string },
): OwnerReference => ({ apiVersion, kind, name: owner.metadata.name, uid: owner.metadata.uid });

/** The reference by which a controller owns what it makes: deletion of the owner waits for it in the foreground. */
export const controllerReferenceOf = (
  owner: { readonly metadata: Pick<ObjectMeta, 'name' | 'uid'> },
  type: { apiVersion: string; kind: string },
): OwnerReference => ({ ...ownerReferenceOf(owner, type), controller: true, blockOwnerDeletion: true });

/** 'namespace/name', or 'name' where there is no namespace: the key of work queues and caches. */
export const keyOf = ({ metadata: { namespace, name } }: { readonly metadata: Partial<ObjectMeta> }): string =>
  namespace ? `${namespace}/${name ?? ''}` : (name ?? '');

export function parseKey(key: string): { namespace: string; name: string } {
  const slash = key.indexOf('/');
  return slash < 0 ? { namespace: '', name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

export const groupOf = (apiVersion: string): string => apiVersion.slice(0, Math.max(0, apiVersion.indexOf('/')));
export const versionOf = (apiVersion: string): string => apiVersion.slice(apiVersion.indexOf('/') + 1);
export const apiVersionOf = ({ group, version }: { group: string; version: string }): string =>
  group ? `${group}/${version}` : version;

export const isDeleting = (object: { readonly metadata: Pick<ObjectMeta, 'deletionTimestamp'> }): boolean =>
  object.metadata.deletionTimestamp != null;

export const hasFinalizer = (object: { readonly metadata: Pick<ObjectMeta, 'finalizers'> }, name: string): boolean =>
  object.metadata.finalizers?.includes(name) ?? false;

/** A copy without the finalizer; the object itself where it has none such. */
export function withoutFinalizer<T extends KubernetesObject>(object: T, name: string): T {
  if (!hasFinalizer(object, name)) return object;
  const { finalizers, ...metadata } = object.metadata;
  const left = finalizers?.filter((finalizer) => finalizer !== name) ?? [];
  return { ...object, metadata: left.length > 0 ? { ...metadata, finalizers: left } : metadata };
}

/** What conditions of every kind share. */
export interface AnyCondition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string | null;
}

export const findCondition = <C extends AnyCondition>(
  conditions: readonly C[] | undefined | null,
  type: string,
): C | undefined => conditions?.find((condition) => condition.type === type);

export const isConditionTrue = (conditions: readonly AnyCondition[] | undefined | null, type: string): boolean =>
  findCondition(conditions, type)?.status === 'True';

/**
 * The list with `next` in it, in place of its type's old one; lastTransitionTime is kept while the status stays. The
 * same list where nothing changes.
 */
export function withCondition<C extends AnyCondition>(
  conditions: readonly C[] | undefined | null,
  next: C,
): readonly C[] {
  const list = conditions ?? [];
  const at = list.findIndex(({ type }) => type === next.type);
  const old = list[at];
  if (!old) return [...list, next];
  const kept = old.status === next.status ? { ...next, lastTransitionTime: old.lastTransitionTime } : next;
  const keys = new Set([...Object.keys(old), ...Object.keys(kept)]);
  if ([...keys].every((key) => old[key as keyof C] === kept[key as keyof C])) return list;
  return list.with(at, kept);
}

const SAFE = 'bcdfghjklmnpqrstvwxz2456789';

/** The end of a generated name: no vowels, and no digits that look like letters. `random` is in [0, 1). */
export function randomSuffix(random: () => number, length = 5): string {
  let suffix = '';
  for (let i = 0; i < length; i++) suffix += SAFE[Math.floor(random() * SAFE.length)] ?? 'x';
  return suffix;
}

/** A name from metadata.generateName: its first 58 characters and a suffix. */
export const generateName = (base: string, random: () => number): string =>
  `${base.slice(0, 58)}${randomSuffix(random)}`;
