/**
 * Server-side apply: an intent is laid over the live object, fields that its manager applied before and no longer does are
 * taken out, and every field is accounted for in managedFields. Sets of another apiVersion of the same kind are compared
 * as if they were of this one. Pure: time comes in, defaults and admission come afterwards.
 */
import { jsonEquals } from '../own.ts';
import type { KubernetesObject, Schema } from '../resource.ts';
import type { SchemaNode } from '../schema/node.ts';
import { formatTime } from '../time.ts';
import { compareObjects } from './compare.ts';
import { conflictError } from './conflicts.ts';
import { type FieldSet, difference, intersection, isEmptySet, union } from './field-set.ts';
import { checkIntent, intentOf } from './intent.ts';
import { LAST_APPLIED, allowedByLastApplied, withLastApplied } from './last-applied.ts';
import { type Manager, decodeManagers, isSameManager } from './managers.ts';
import { fieldSetOf, mergeObjects, removeFields, withNamedFields } from './merge.ts';
import { compareOwned, conflictsWith, withoutReset, withoutTaken, withoutUnowned } from './ownership.ts';
import { withManagedFields, withManagers, withoutManagedFields } from './update-managed-fields.ts';

export interface ApplyOptions {
  schema: Schema;
  /** The stored object, decoded; undefined where the apply creates it. */
  live: KubernetesObject | undefined;
  /** The body as it came. */
  intent: unknown;
  /** What the URL asks for. */
  apiVersion: string;
  kind: string;
  manager: string;
  force: boolean;
  /** '' for the main resource. */
  subresource?: string;
  resetFields?: readonly string[];
  now: Date;
}

/**
 * The object to store, decoded, with its managedFields; equal to the live one where nothing changes.
 * @throws Conflict (409) with a cause per field; BadRequest for a body that is no intent
 */
export function apply(options: ApplyOptions): KubernetesObject {
  const { schema, live, intent: body, apiVersion, kind, manager, subresource = '', resetFields = [] } = options;
  checkIntent(body, { apiVersion, kind });
  const intent = intentOf(schema, body);
  const base = live
    ? withoutManagedFields(live)
    : (schema.decode({ apiVersion, kind }).object as unknown as KubernetesObject);
  const before = live ? managersBefore(options, live) : [];
  const identity = { manager, operation: 'Apply' as const, apiVersion, subresource };
  const last = before.find((one) => isSameManager(one, identity));
  const others = before.filter((one) => one !== last);
  const said = withoutReset(fieldSetOf(schema.root, intent), resetFields);
  const set = withoutUnowned(said);

  const merged = mergeObjects(schema.root, base, intent);
  const pruned = prune(schema.root, merged, { last: last?.set ?? {}, owned: union(said, ownedBy(others)) });
  const { added, modified, removed } = compareOwned({ root: schema.root, before: base, after: pruned, resetFields });
  const decoded = (schema.decodeApplied?.(pruned) ?? schema.decode(pruned)).object as unknown as KubernetesObject;
  const taken = union(added, modified);
  checkConflicts(options, { others, taken, live });

  const object = withLastApplied(decoded, { manager, live, body });
  const changed = !live || !jsonEquals(pruned, base);
  const mine: Manager = { ...identity, set, time: changed ? formatTime(options.now) : last?.time };
  const managed = withManagers(object, { managers: [...withoutTaken(others, { taken, removed }), mine], live });
  const isSame = live && jsonEquals(object, base) && jsonEquals(timeless(managed), timeless(live));
  return isSame ? withManagedFields(object, live.metadata.managedFields ?? []) : managed;
}

/** Where times alone would change, nothing does. */
const timeless = ({ metadata }: KubernetesObject): unknown => metadata.managedFields?.map(({ time: _, ...of }) => of);

/** An object without managers gets one for all that it holds when it is first applied to. */
function managersBefore(options: ApplyOptions, live: KubernetesObject): Manager[] {
  const { schema, apiVersion, kind, now, subresource = '', resetFields = [] } = options;
  const managers = decodeManagers(live.metadata.managedFields).filter(({ set }) => !isEmptySet(set));
  if (managers.length > 0) return managers;
  const empty = schema.decode({ apiVersion, kind }).object;
  const { added, modified } = compareObjects(schema.root, empty, withoutManagedFields(live));
  const set = withoutReset(withoutUnowned(union(added, modified)), resetFields);
  return [{ manager: 'before-first-apply', operation: 'Update', apiVersion, subresource, time: formatTime(now), set }];
}

const ownedBy = (managers: readonly Manager[]): FieldSet =>
  managers.reduce<FieldSet>((sum, { set }) => union(sum, set), {});

/** Takes out what the manager applied last time, unless someone (itself included) owns it now. */
function prune(root: SchemaNode, merged: unknown, { last, owned }: { last: FieldSet; owned: FieldSet }): unknown {
  if (isEmptySet(last)) return merged;
  const named = (set: FieldSet): FieldSet => withNamedFields(root, set);
  const all = named(fieldSetOf(root, merged));
  const without = (set: FieldSet): unknown => removeFields(root, merged, set) ?? {};
  const bare = named(fieldSetOf(root, without(named(last))));
  const kept = without(difference(all, union(bare, named(owned))));
  return without(intersection(difference(all, named(fieldSetOf(root, kept))), named(last)));
}

function checkConflicts(
  { schema, manager, force }: ApplyOptions,
  { others, taken, live }: { others: readonly Manager[]; taken: FieldSet; live: KubernetesObject | undefined },
): void {
  if (force) return;
  const conflicts = conflictsWith(others, taken);
  const left =
    manager === 'kubectl' && live?.metadata.annotations?.[LAST_APPLIED] !== undefined
      ? conflictsOutside(conflicts, allowedByLastApplied(schema, live))
      : conflicts;
  if (left.length > 0) throw conflictError(left);
}

const conflictsOutside = (conflicts: ReturnType<typeof conflictsWith>, allowed: FieldSet): typeof conflicts =>
  conflicts.map(({ owner, set }) => ({ owner, set: difference(set, allowed) })).filter(({ set }) => !isEmptySet(set));
