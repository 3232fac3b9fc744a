/**
 * All of an object that its set of fields depends on: which fields are there, in which order, and what tells the elements of
 * lists apart. Made once of the first object of a template; whether another object has the same shape is found out by going
 * over it, without making anything.
 */
import { type JsonObject, getOwn, isJsonObject } from '../own.ts';
import {
  type LeafNode,
  type ListNode,
  type MapNode,
  type SchemaNode,
  type StructNode,
  UNTYPED,
} from '../schema/node.ts';

export type FieldShape =
  /** Taken whole, whatever it is. */
  | { readonly kind: 'any' }
  /** No object and no list. */
  | { readonly kind: 'scalar' }
  /** As it is in every new object. */
  | { readonly kind: 'exactly'; readonly value: unknown }
  | Fields
  | Items
  /** Too odd to be found again. */
  | { readonly kind: 'never' };

interface Fields {
  readonly kind: 'fields';
  readonly names: readonly string[];
  readonly children: readonly FieldShape[];
  /** Names that do not count. */
  readonly passed: ReadonlySet<string> | undefined;
  readonly seen: Seen;
}

/** The object or list in which the shape was found last: objects that are made of one template share much of it. */
interface Seen {
  last: object | undefined;
}

interface Items {
  readonly kind: 'items';
  /** What tells items apart; of a set, nothing but themselves. */
  readonly keys: readonly string[];
  readonly items: readonly { readonly key: readonly unknown[]; readonly shape: FieldShape }[];
  readonly seen: Seen;
}

/** A place of a new object: `before` is what it holds before anybody says anything. */
export interface Place {
  node: SchemaNode;
  before?: unknown;
  passed?: ReadonlySet<string> | undefined;
  /** Names that do not count below a field. */
  passedBelow?: (name: string) => ReadonlySet<string> | undefined;
}

export function shapeOf(place: Place, value: unknown): FieldShape {
  const { node, before } = place;
  if (before !== undefined && before === value) return { kind: 'exactly', value };
  if (isWhole(node)) return { kind: 'any' };
  if (typeof value !== 'object' || value === null) return { kind: 'scalar' };
  if (Array.isArray(value)) return node.kind === 'list' ? itemsShape(node, value) : { kind: 'never' };
  const fields = node.kind === 'untyped' ? GRANULAR : node;
  return fields.kind === 'list' ? { kind: 'never' } : fieldsShape(fields, place, value as JsonObject);
}

function fieldsShape(
  node: StructNode | MapNode,
  { before, passed, passedBelow }: Place,
  value: JsonObject,
): FieldShape {
  const names = Object.keys(value).filter((name) => !passed?.has(name));
  const old = isJsonObject(before) ? before : {};
  const children = names.map((name) =>
    shapeOf({ node: nodeAt(node, name), before: getOwn(old, name), passed: passedBelow?.(name) }, value[name]),
  );
  return { kind: 'fields', names, children, passed, seen: { last: value } };
}

function itemsShape(node: ListNode, list: readonly unknown[]): FieldShape {
  const keys = node.listType === 'map' ? node.keys : [];
  const items = list.map((item) => ({ key: keyOf(keys, item), shape: shapeOf({ node: node.items }, item) }));
  return { kind: 'items', keys, items, seen: { last: list } };
}

const keyOf = (keys: readonly string[], item: unknown): readonly unknown[] =>
  keys.length === 0 ? [item] : keys.map((name) => (isJsonObject(item) ? getOwn(item, name) : undefined));

/** Typed as a leaf, which it is as good as. */
const isWhole = (node: SchemaNode): node is LeafNode =>
  node.kind === 'leaf' ||
  (node.kind === 'list' && node.listType === 'atomic') ||
  ((node.kind === 'struct' || node.kind === 'map') && node.atomic);

const GRANULAR: MapNode = { kind: 'map', values: UNTYPED, atomic: false };

const nodeAt = (node: StructNode | MapNode, name: string): SchemaNode =>
  node.kind === 'map' ? node.values : (node.fields.get(name)?.node ?? node.others ?? UNTYPED);

export function hasShape(shape: FieldShape, value: unknown): boolean {
  switch (shape.kind) {
    case 'any':
      return value !== undefined;
    case 'scalar':
      return value !== undefined && typeof value !== 'object';
    case 'exactly':
      return value === shape.value;
    case 'fields':
      return value === shape.seen.last || (isJsonObject(value) && hasFields(shape, value));
    case 'items':
      return value === shape.seen.last || (Array.isArray(value) && hasItems(shape, value));
    case 'never':
      return false;
  }
}

function hasFields({ names, children, passed, seen }: Fields, value: JsonObject): boolean {
  let i = 0;
  for (const name in value) {
    if (passed?.has(name)) continue;
    const child = children[i];
    if (child === undefined || name !== names[i] || !hasShape(child, value[name])) return false;
    i++;
  }
  if (i !== names.length) return false;
  seen.last = value;
  return true;
}

function hasItems({ keys, items, seen }: Items, list: readonly unknown[]): boolean {
  if (list.length !== items.length) return false;
  for (let i = 0; i < items.length; i++) {
    const of = items[i];
    if (!of || !hasShape(of.shape, list[i]) || !hasKey(keys, of.key, list[i])) return false;
  }
  seen.last = list;
  return true;
}

function hasKey(keys: readonly string[], key: readonly unknown[], item: unknown): boolean {
  if (keys.length === 0) return item === key[0];
  for (let i = 0; i < keys.length; i++) if (getOwn(item as JsonObject, keys[i] ?? '') !== key[i]) return false;
  return true;
}
