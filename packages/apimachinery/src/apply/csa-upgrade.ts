/**
 * From client-side to server-side apply: what a client's manager came to own by updates is given to the manager that applies, so
 * that what the next apply leaves out is taken away. Pure; the same steps as client-go's csaupgrade.
 */
import type { ManagedFieldsEntry } from '../generated/meta-v1.ts';
import { type FieldSet, childOf, isMember, union } from './field-set.ts';

export interface CsaUpgrade {
  /** Names of those that own what they should not keep. */
  from: ReadonlySet<string>;
  /** Who applies. */
  to: string;
}

/** Entries of an operation whose manager owns the field at a path: ['f:metadata', 'f:annotations', …]. */
export const ownersOf = (
  entries: readonly ManagedFieldsEntry[] | undefined,
  operation: 'Apply' | 'Update',
  path: readonly string[],
): ManagedFieldsEntry[] =>
  (entries ?? []).filter((entry) => entry.operation === operation && isMember(nodeAt(setOf(entry), path)));

/** The same list where there is nothing to do. */
export function upgradedManagedFields(
  entries: readonly ManagedFieldsEntry[],
  { from, to }: CsaUpgrade,
): readonly ManagedFieldsEntry[] {
  return [...from].reduce((list, name) => upgradedFrom(list, name, to), entries);
}

function upgradedFrom(entries: readonly ManagedFieldsEntry[], from: string, to: string): readonly ManagedFieldsEntry[] {
  const isOld = (entry: ManagedFieldsEntry): boolean =>
    entry.manager === from && entry.operation === 'Update' && !entry.subresource;
  const old = entries.filter(isOld);
  const [latest] = old;
  if (!latest) return entries;
  const applier = entries.find((entry) => entry.manager === to && entry.operation === 'Apply' && !entry.subresource);
  const target = applier ?? latest;
  // Sets of another version speak of other fields: those are let go.
  const alike = old.find(({ apiVersion }) => apiVersion === target.apiVersion);
  const fieldsV1 = union(setOf(target), alike ? setOf(alike) : {});
  const upgraded: ManagedFieldsEntry = { ...target, manager: to, operation: 'Apply', fieldsV1 };
  return entries.flatMap((entry) => (entry === target ? [upgraded] : isOld(entry) ? [] : [entry]));
}

const setOf = ({ fieldsV1 }: ManagedFieldsEntry): FieldSet => (fieldsV1 ?? {}) as FieldSet;

const nodeAt = (set: FieldSet, path: readonly string[]): FieldSet | undefined =>
  path.reduce((node: FieldSet | undefined, element) => childOf(node, element), set);
