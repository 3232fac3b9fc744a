/** What a write takes from whom: shared by updates and applies. */
import type { SchemaNode } from '../schema/node.ts';
import { type Comparison, compareObjects } from './compare.ts';
import type { FieldConflict } from './conflicts.ts';
import {
  type FieldSet,
  MEMBER,
  difference,
  differenceBelow,
  intersection,
  isEmptySet,
  setOfNames,
  union,
} from './field-set.ts';
import type { Manager } from './managers.ts';

/** Fields of metadata that nobody owns. */
export const UNOWNED_METADATA: ReadonlySet<string> = new Set([
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'clusterName',
  'generation',
  'managedFields',
  'resourceVersion',
]);

/** Nobody owns these. */
const UNOWNED: FieldSet = {
  'f:apiVersion': MEMBER,
  'f:kind': MEMBER,
  'f:metadata': { '.': MEMBER, ...Object.fromEntries([...UNOWNED_METADATA].map((name) => [`f:${name}`, MEMBER])) },
};

export const withoutUnowned = (set: FieldSet): FieldSet => difference(set, UNOWNED);

/** Fields that an endpoint resets ('status', 'spec.replicas') are owned by nobody who writes there. */
export const withoutReset = (set: FieldSet, resetFields: readonly string[]): FieldSet =>
  resetFields.length === 0 ? set : differenceBelow(set, setOfNames(resetFields.map((path) => path.split('.'))));

export function compareOwned(options: {
  root: SchemaNode;
  before: unknown;
  after: unknown;
  resetFields: readonly string[];
}): Comparison {
  const { added, modified, removed } = compareObjects(options.root, options.before, options.after);
  const owned = (set: FieldSet): FieldSet => withoutReset(withoutUnowned(set), options.resetFields);
  return { added: owned(added), modified: owned(modified), removed: owned(removed) };
}

export const conflictsWith = (managers: readonly Manager[], taken: FieldSet): FieldConflict[] =>
  managers.map((owner) => ({ owner, set: intersection(owner.set, taken) })).filter(({ set }) => !isEmptySet(set));

/** The managers without the fields that were taken from them or are no more. */
export function withoutTaken(
  managers: readonly Manager[],
  { taken, removed }: { taken: FieldSet; removed: FieldSet },
): Manager[] {
  const lost = union(taken, removed);
  return managers.map((manager) => {
    const set = difference(manager.set, lost);
    return set === manager.set ? manager : { ...manager, set };
  });
}
