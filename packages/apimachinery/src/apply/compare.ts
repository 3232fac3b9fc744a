/**
 * Which fields were added, changed or removed between two objects, as sets. This runs on every write: what is shared or
 * equal is passed over with as little work as can be, and lists that kept their order are not indexed.
 */
import { type JsonObject, isJsonObject, jsonEquals } from '../own.ts';
import type { ListNode, MapNode, SchemaNode, StructNode } from '../schema/node.ts';
import { type FieldSet, MEMBER, type MutableFieldSet } from './field-set.ts';
import { elementOf } from './path-element.ts';
import {
  type Container,
  GRANULAR,
  containerOf,
  elementOfField,
  isEmptyValue,
  itemsByElement,
  nodeOfField,
} from './typed.ts';

export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

/** The same three of one place; undefined where there is nothing. */
type Difference = { [K in keyof Comparison]?: FieldSet };

export const compareObjects = (node: SchemaNode, before: unknown, after: unknown): Comparison => ({
  added: {},
  modified: {},
  removed: {},
  ...compare(node, before, after),
});

function compare(node: SchemaNode, before: unknown, after: unknown): Difference | undefined {
  if (before === after) return undefined;
  if (before === undefined) return { added: wholeOf(node, after) };
  if (after === undefined) return { removed: wholeOf(node, before) };
  const container = containerOf(node, before, after);
  if (!container || (isEmptyValue(before) && isEmptyValue(after)))
    return jsonEquals(before, after) ? undefined : changedWhole(node, before, after);
  const parts: Parts = {};
  if (container.kind === 'fields') compareFields(container.node, { before, after, parts });
  else compareItems(container.node, { before, after, parts });
  return parts.added || parts.modified || parts.removed ? parts : undefined;
}

/** Where anything may stand, an object that becomes something else takes its fields with it, or brings them. */
function changedWhole(node: SchemaNode, before: unknown, after: unknown): Difference {
  const [removed, added] = node.kind === 'untyped' ? [fieldsBelow(before), fieldsBelow(after)] : [];
  return { modified: MEMBER, ...(removed && { removed }), ...(added && { added }) };
}

function fieldsBelow(value: unknown): FieldSet | undefined {
  if (!isJsonObject(value) || isEmptyValue(value)) return undefined;
  const out: MutableFieldSet = {};
  addChildren({ kind: 'fields', node: GRANULAR }, value, out);
  return out;
}

/** A place that is there on one side only: itself and all below it. */
function wholeOf(node: SchemaNode, value: unknown): FieldSet {
  const container = isEmptyValue(value) ? undefined : containerOf(node, value, undefined);
  if (!container) return MEMBER;
  const out: MutableFieldSet = { '.': MEMBER };
  addChildren(container, value, out);
  return out;
}

function addChildren(container: Container, value: unknown, out: MutableFieldSet): void {
  if (container.kind === 'fields') {
    const { node } = container;
    const object = value as JsonObject;
    for (const name in object)
      if (object[name] !== undefined) out[elementOfField(node, name)] = wholeOf(nodeOfField(node, name), object[name]);
  } else {
    const { node } = container;
    for (const item of value as readonly unknown[]) {
      const element = elementOf(node, item);
      // an element that stands twice is one field, owned whole
      out[element] = element in out ? MEMBER : wholeOf(node.items, item);
    }
  }
}

type Parts = { -readonly [K in keyof Comparison]?: MutableFieldSet };
interface Both {
  before: unknown;
  after: unknown;
  parts: Parts;
}

function compareFields(node: StructNode | MapNode, { before, after, parts }: Both): void {
  const old = (before ?? {}) as JsonObject;
  const next = (after ?? {}) as JsonObject;
  for (const name in next) {
    const was = Object.hasOwn(old, name) ? old[name] : undefined;
    if (was !== next[name]) put(parts, elementOfField(node, name), compare(nodeOfField(node, name), was, next[name]));
  }
  for (const name in old)
    if (!Object.hasOwn(next, name))
      put(parts, elementOfField(node, name), compare(nodeOfField(node, name), old[name], undefined));
}

function compareItems(node: ListNode, { before, after, parts }: Both): void {
  const old = (before ?? []) as readonly unknown[];
  const next = (after ?? []) as readonly unknown[];
  if (isAligned(node, old, next)) {
    for (let i = 0; i < next.length; i++) {
      const found = compare(node.items, old[i], next[i]);
      if (found) put(parts, elementOf(node, next[i]), found);
    }
    return;
  }
  const olds = itemsByElement(node, old);
  const nexts = itemsByElement(node, next);
  for (const element of new Set([...olds.keys(), ...nexts.keys()])) {
    const [was, is] = [olds.get(element), nexts.get(element)];
    const single = (was?.length ?? 1) === 1 && (is?.length ?? 1) === 1;
    if (single) put(parts, element, compare(node.items, was?.[0], is?.[0]));
    else if (!jsonEquals(was, is))
      put(parts, element, was ? (is ? { modified: MEMBER } : { removed: MEMBER }) : { added: MEMBER });
  }
}

/** The same elements at the same places, none twice. */
function isAligned(node: ListNode, old: readonly unknown[], next: readonly unknown[]): boolean {
  if (old.length !== next.length) return false;
  if (node.listType === 'set') return old.every((item, i) => item === next[i]);
  const [key = ''] = node.keys;
  const seen = new Set<unknown>();
  for (let i = 0; i < next.length; i++) {
    const [was, is] = [old[i] as JsonObject | null, next[i] as JsonObject | null];
    if (was == null || is == null || seen.has(is[key])) return false;
    for (const name of node.keys) if (was[name] !== is[name]) return false;
    seen.add(is[key]);
  }
  return true;
}

function put(parts: Parts, element: string, found: Difference | undefined): void {
  if (!found) return;
  if (found.added) (parts.added ??= {})[element] = found.added;
  if (found.modified) (parts.modified ??= {})[element] = found.modified;
  if (found.removed) (parts.removed ??= {})[element] = found.removed;
}
