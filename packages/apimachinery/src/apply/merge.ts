/** The three operations of server-side apply on objects: fields of an intent, an intent laid over an object, removal. */
import { type JsonObject, getOwn, setOwn } from '../own.ts';
import type { ListNode, MapNode, SchemaNode, StructNode } from '../schema/node.ts';
import { type FieldSet, MEMBER, type MutableFieldSet, childOf, childrenOf, isMember, nodeOf } from './field-set.ts';
import { elementOf } from './path-element.ts';
import { containerOf, fieldsOf, isDeclared, isEmptyValue, itemsByElement, nodeOfField } from './typed.ts';

/** Every field that `value` speaks of. */
export const fieldSetOf = (node: SchemaNode, value: unknown): FieldSet => setOf(node, value) ?? {};

function setOf(node: SchemaNode, value: unknown): FieldSet | undefined {
  const container = containerOf(node, value, undefined);
  if (!container) return MEMBER;
  const children: MutableFieldSet = {};
  if (container.kind === 'fields')
    for (const [name, item] of Object.entries(fieldsOf(value))) {
      const below = setOf(nodeOfField(container.node, name), item);
      const own = isEmptyMap(item) || !isDeclared(container.node, name) || isMember(below);
      const child = nodeOf(childrenOf(below ?? {}), own);
      if (child) children[`f:${name}`] = child;
    }
  else
    for (const [element, items] of itemsByElement(container.node, value)) {
      const below = items.length === 1 ? setOf(container.node.items, items[0]) : undefined;
      children[element] = nodeOf(childrenOf(below ?? {}), true) ?? MEMBER;
    }
  return nodeOf(children, false);
}

/** Said, and nothing below it; an empty list that is told apart by its elements says nothing. */
const isEmptyMap = (value: unknown): boolean => !Array.isArray(value) && isEmptyValue(value);

/** `intent` laid over `live`: leaves replace, structs, maps and lists by key merge. */
export function mergeObjects(node: SchemaNode, live: unknown, intent: unknown): unknown {
  if (intent === undefined || live === undefined) return intent === undefined ? live : intent;
  const container = containerOf(node, live, intent);
  if (!container) return intent;
  // null says nothing about what is told apart below it
  if (intent === null) return isEmptyValue(live) ? null : live;
  return container.kind === 'fields'
    ? mergeFields(container.node, live, intent)
    : mergeItems(container.node, { live: live ?? [], intent });
}

function mergeFields(node: StructNode | MapNode, live: unknown, intent: unknown): JsonObject {
  const merged: JsonObject = { ...fieldsOf(live) };
  for (const [name, value] of Object.entries(fieldsOf(intent)))
    setOwn(merged, name, mergeObjects(nodeOfField(node, name), getOwn(merged, name), value));
  return merged;
}

/**
 * Items of the intent keep the intent's order, items that only the live list has keep their place among the shared ones.
 */
function mergeItems(node: ListNode, { live, intent }: { live: unknown; intent: unknown }): unknown[] {
  const [liveItems, intentItems] = [live as unknown[], intent as unknown[]];
  const left = liveItems.map((item) => elementOf(node, item));
  const right = intentItems.map((item) => elementOf(node, item));
  const inLeft = itemsByElement(node, live);
  const inRight = new Map(right.map((element, i) => [element, intentItems[i]]));
  const shared = right.filter((element) => inLeft.has(element));
  let nextShared = 0;
  const merged = new Set<string>();
  const out: unknown[] = [];
  const take = (element: string): void => {
    merged.add(element);
    const same = inLeft.get(element);
    out.push(mergeObjects(node.items, same?.length === 1 ? same[0] : undefined, inRight.get(element)));
    if (shared[nextShared] === element) nextShared++;
  };
  let [l, r] = [0, 0];
  while (l < left.length || r < right.length) {
    const [a, b] = [left[l], right[r]];
    if (a !== undefined && b !== undefined) {
      if (a === b) {
        take(a);
        l++;
        r++;
        continue;
      }
      if (inRight.has(a) && nextShared < shared.length && shared[nextShared] !== a) {
        l++;
        continue;
      }
    }
    if (a !== undefined && !inRight.has(a)) {
      out.push(liveItems[l++]);
      continue;
    }
    if (a !== undefined && merged.has(a)) l++;
    if (b !== undefined) {
      take(b);
      r++;
    }
  }
  return out;
}

/** `value` without the fields of `set`; what is left empty by that is null. */
export function removeFields(node: SchemaNode, value: unknown, set: FieldSet): unknown {
  if (isEmptyValue(value)) return value;
  const container = containerOf(node, value, undefined);
  // a leaf has nothing below it; what is atomic goes whole
  if (!container) return typeof value === 'object' ? null : value;
  return container.kind === 'fields'
    ? removeNames(container.node, fieldsOf(value), set)
    : removeItems(container.node, value as readonly unknown[], set);
}

function removeNames(node: StructNode | MapNode, value: JsonObject, set: FieldSet): JsonObject | null {
  const out: JsonObject = {};
  for (const [name, item] of Object.entries(value)) {
    const removed = childOf(set, `f:${name}`);
    if (isMember(removed)) continue;
    setOwn(out, name, removed ? removeFields(nodeOfField(node, name), item, removed) : item);
  }
  return Object.keys(out).length > 0 ? out : null;
}

function removeItems(node: ListNode, value: readonly unknown[], set: FieldSet): unknown[] | null {
  const out: unknown[] = [];
  for (const item of value) {
    const removed = childOf(set, elementOf(node, item));
    if (isMember(removed)) continue;
    out.push(removed ? removeFields(node.items, item, removed) : item);
  }
  return out.length > 0 ? out : null;
}

/** The set with every declared field on its way made a member: removal takes structs that are left without anything. */
export function withNamedFields(node: SchemaNode, set: FieldSet): FieldSet {
  const out: MutableFieldSet = {};
  for (const [element, child] of Object.entries(set)) {
    if (element === '.') continue;
    const below = withNamedFields(nodeOfElement(node, element), childrenOf(child));
    const named = element.startsWith('f:') && node.kind === 'struct' && node.fields.has(element.slice(2));
    const with_ = nodeOf(below, isMember(child) || named);
    if (with_) out[element] = with_;
  }
  return out;
}

function nodeOfElement(node: SchemaNode, element: string): SchemaNode {
  if (node.kind === 'list') return node.items;
  return node.kind === 'struct' || node.kind === 'map' ? nodeOfField(node, element.slice(2)) : node;
}
