/**
 * What server-side apply asks of a schema node: is this a leaf, what are its members, how is each told apart. A value that
 * does not fit its node (an untyped place, a type that changed) is judged by its own shape.
 */
import { type JsonObject, isJsonObject } from '../own.ts';
import { ATOMIC_LIST, type ListNode, type MapNode, type SchemaNode, type StructNode, UNTYPED } from '../schema/node.ts';
import { elementOf } from './path-element.ts';

export type Container = { kind: 'fields'; node: StructNode | MapNode } | { kind: 'items'; node: ListNode };

const GRANULAR: MapNode = { kind: 'map', values: UNTYPED, atomic: false };

/** How the values of a place are taken apart; undefined where they are taken whole. */
export function containerOf(node: SchemaNode, ...values: readonly unknown[]): Container | undefined {
  const real = node.kind === 'untyped' ? deduced(values) : node;
  switch (real.kind) {
    case 'struct':
    case 'map':
      return !real.atomic && values.every(isMapLike) ? { kind: 'fields', node: real } : undefined;
    case 'list':
      return real.listType !== 'atomic' && values.every(isListLike) ? { kind: 'items', node: real } : undefined;
    case 'leaf':
    case 'untyped':
      return undefined;
  }
}

const isMapLike = (value: unknown): boolean => value == null || isJsonObject(value);
const isListLike = (value: unknown): boolean => value == null || Array.isArray(value);

function deduced(values: readonly unknown[]): SchemaNode {
  const value = values.find((one) => one != null);
  if (Array.isArray(value)) return ATOMIC_LIST;
  return isJsonObject(value) ? GRANULAR : { kind: 'leaf', type: 'any' };
}

/** The node of a field or of a map's value. */
export function nodeOfField(node: StructNode | MapNode, name: string): SchemaNode {
  return node.kind === 'map' ? node.values : (node.fields.get(name)?.node ?? node.others ?? UNTYPED);
}

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

export const isEmptyValue = (value: unknown): boolean =>
  value == null || (Array.isArray(value) ? value.length === 0 : isJsonObject(value) && Object.keys(value).length === 0);
