/** The structure of a custom resource for merge rules and server-side apply: lists by their type and keys, maps, leaves. Pure. */
import { schemaOf } from '@mkube/api';
import type { FieldNode, SchemaNode } from '@mkube/apimachinery';
import { type JsonSchema, isObject } from './json-schema.ts';

const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const UNTYPED: SchemaNode = { kind: 'untyped' };
const STRING: SchemaNode = { kind: 'leaf', type: 'string' };

export function rootNodeOf(schema: JsonSchema): SchemaNode {
  const node = nodeOf(schema);
  const declared = node.kind === 'struct' ? node.fields : new Map<string, FieldNode>();
  const fields = new Map<string, FieldNode>([
    ['kind', field('kind', STRING)],
    ['apiVersion', field('apiVersion', STRING)],
    ['metadata', field('metadata', schemaOf(OBJECT_META).root)],
  ]);
  for (const [name, value] of declared) if (!fields.has(name)) fields.set(name, value);
  const others = node.kind === 'struct' ? node.others : UNTYPED;
  return { kind: 'struct', name: '', fields, atomic: false, ...(others && { others }) };
}

function nodeOf(schema: JsonSchema): SchemaNode {
  if (schema['x-kubernetes-int-or-string']) return { kind: 'leaf', type: 'int-or-string' };
  switch (schema.type) {
    case 'object':
      return objectNode(schema);
    case 'array':
      return listNode(schema);
    case undefined:
    case '':
      return UNTYPED;
    default:
      return { kind: 'leaf', type: schema.type };
  }
}

function objectNode(schema: JsonSchema): SchemaNode {
  const atomic = schema['x-kubernetes-map-type'] === 'atomic';
  const { properties, additionalProperties } = schema;
  if (!properties && isObject(additionalProperties))
    return { kind: 'map', values: nodeOf(additionalProperties as JsonSchema), atomic };
  const fields = new Map(
    Object.entries(properties ?? {}).map(([name, property]) => [name, field(name, nodeOf(property), property.default)]),
  );
  const open = schema['x-kubernetes-preserve-unknown-fields'] === true || additionalProperties === true;
  return { kind: 'struct', name: '', fields, atomic, ...(open && { others: UNTYPED }) };
}

function listNode(schema: JsonSchema): SchemaNode {
  const listType = schema['x-kubernetes-list-type'];
  return {
    kind: 'list',
    items: schema.items ? nodeOf(schema.items) : UNTYPED,
    listType: listType === 'set' || listType === 'map' ? listType : 'atomic',
    keys: schema['x-kubernetes-list-map-keys'] ?? [],
  };
}

const field = (name: string, node: SchemaNode, fallback?: unknown): FieldNode => ({
  element: `f:${name}`,
  node,
  patchStrategy: [],
  patchMergeKey: undefined,
  default: fallback,
});
