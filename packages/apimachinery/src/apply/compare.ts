/** Which fields were added, changed or removed between two objects, as sets. Shared parts cost nothing. */
import { getOwn, jsonEquals } from '../own.ts';
import type { ListNode, MapNode, SchemaNode, StructNode } from '../schema/node.ts';
import { type FieldSet, MEMBER, type MutableFieldSet, nodeOf } from './field-set.ts';
import { containerOf, fieldsOf, isEmptyValue, itemsByElement, nodeOfField } from './typed.ts';

export interface Comparison {
  added: FieldSet;
  modified: FieldSet;
  removed: FieldSet;
}

/** The same three of one place; undefined where there is nothing. */
interface PlaceComparison {
  added?: FieldSet | undefined;
  modified?: FieldSet | undefined;
  removed?: FieldSet | undefined;
}

export function compareObjects(node: SchemaNode, before: unknown, after: unknown): Comparison {
  const { added = {}, modified = {}, removed = {} } = compare(node, before, after);
  return { added, modified, removed };
}

const NOTHING: PlaceComparison = {};

function compare(node: SchemaNode, before: unknown, after: unknown): PlaceComparison {
  if (before === after) return NOTHING;
  const container = containerOf(node, before, after);
  if (!container || (isEmptyValue(before) && isEmptyValue(after))) return compareLeaves(before, after);
  const parts: Parts = { added: {}, modified: {}, removed: {} };
  if (container.kind === 'fields') compareFields(container.node, { before, after, parts });
  else compareItems(container.node, { before, after, parts });
  return {
    added: nodeOf(parts.added, before === undefined),
    modified: nodeOf(parts.modified, false),
    removed: nodeOf(parts.removed, after === undefined),
  };
}

function compareLeaves(before: unknown, after: unknown): PlaceComparison {
  if (before === undefined) return { added: MEMBER };
  if (after === undefined) return { removed: MEMBER };
  return jsonEquals(before, after) ? NOTHING : { modified: MEMBER };
}

interface Parts {
  added: MutableFieldSet;
  modified: MutableFieldSet;
  removed: MutableFieldSet;
}
interface Both {
  before: unknown;
  after: unknown;
  parts: Parts;
}

function compareFields(node: StructNode | MapNode, { before, after, parts }: Both): void {
  const [old, next] = [fieldsOf(before), fieldsOf(after)];
  for (const name of new Set([...Object.keys(old), ...Object.keys(next)])) {
    const was = getOwn(old, name);
    const is = getOwn(next, name);
    if (was !== is) put(parts, `f:${name}`, compare(nodeOfField(node, name), was, is));
  }
}

function compareItems(node: ListNode, { before, after, parts }: Both): void {
  const old = itemsByElement(node, before);
  const next = itemsByElement(node, after);
  for (const element of new Set([...old.keys(), ...next.keys()])) {
    const [was, is] = [old.get(element), next.get(element)];
    // an element that stands twice is compared whole
    const single = (was?.length ?? 1) === 1 && (is?.length ?? 1) === 1;
    put(parts, element, single ? compare(node.items, was?.[0], is?.[0]) : compareLeaves(was, is));
  }
}

function put(parts: Parts, element: string, { added, modified, removed }: PlaceComparison): void {
  if (added) parts.added[element] = added;
  if (modified) parts.modified[element] = modified;
  if (removed) parts.removed[element] = removed;
}
