/**
 * What server-side apply asks of a schema node: is this a leaf, what are its members, how is each told apart. A value that
 * does not fit its node (an untyped place, a type that changed) is judged by its own shape.
 */
import { type JsonObject, isJsonObject } from '../own.ts';
import { ATOMIC_LIST, type ListNode, type MapNode, type SchemaNode, type StructNode, UNTYPED } from '../schema/node.ts';
import { elementOf } from './path-element.ts';

export type Container = { kind: 'fields'; node: StructNode | MapNode } | { kind: 'items'; node: ListNode };

/** An object where anything may stand. */
export const GRANULAR: MapNode = { kind: 'map', values: UNTYPED, atomic: false };
const LEAF: SchemaNode = { kind: 'leaf', type: 'any' };

/** How the values of a place are taken apart (one of them may be missing); undefined where they are taken whole. */
export function containerOf(node: SchemaNode, one: unknown, other: unknown): Container | undefined {
  const real = node.kind === 'untyped' ? deduced(one ?? other) : node;
  switch (real.kind) {
    case 'struct':
    case 'map':
      return !real.atomic && isMapLike(one) && isMapLike(other) ? { kind: 'fields', node: real } : undefined;
    case 'list':
      return real.listType !== 'atomic' && isListLike(one) && isListLike(other)
        ? { kind: 'items', node: real }
        : undefined;
    case 'leaf':
    case 'untyped':
      return undefined;
  }
}

const isMapLike = (value: unknown): boolean => value == null || isJsonObject(value);
const isListLike = (value: unknown): boolean => value == null || Array.isArray(value);

function deduced(value: unknown): SchemaNode {
  if (Array.isArray(value)) return ATOMIC_LIST;
  return isJsonObject(value) ? GRANULAR : LEAF;
}

/** The node of a field or of a map's value. */
export function nodeOfField(node: StructNode | MapNode, name: string): SchemaNode {
  return node.kind === 'map' ? node.values : (node.fields.get(name)?.node ?? node.others ?? UNTYPED);
}

/** The element of a field in a set: 'f:spec'. */
export const elementOfField = (node: StructNode | MapNode, name: string): string =>
  (node.kind === 'struct' ? node.fields.get(name)?.element : undefined) ?? `f:${name}`;

/** A field of a struct, not a key of a map. */
export const isDeclared = (node: StructNode | MapNode, name: string): boolean =>
  node.kind === 'struct' && node.fields.has(name);

export const fieldsOf = (value: unknown): JsonObject => (isJsonObject(value) ? value : {});

/** Items by element, in order; the same element may stand twice. */
export function itemsByElement(node: ListNode, value: unknown): Map<string, unknown[]> {
  const items = new Map<string, unknown[]>();
  for (const item of Array.isArray(value) ? (value as unknown[]) : []) {
    const element = elementOf(node, item);
    const same = items.get(element);
    if (same) same.push(item);
    else items.set(element, [item]);
  }
  return items;
}

export function isEmptyValue(value: unknown): boolean {
  if (typeof value !== 'object') return value === undefined;
  if (Array.isArray(value)) return value.length === 0;
  for (const _ in value) return false;
  return true;
}
