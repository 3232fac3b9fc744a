/** Structure nodes of a CRD's schema, for patches and server-side apply. */
import type { FieldNode, ListNode, SchemaNode, StructNode } from '../node.ts';
import { UNTYPED } from '../node.ts';
import { type JsonSchema, isEmbedded, keepsUnknown, schemaOfItems } from './json-schema.ts';

/** `metadata` is the node of ObjectMeta: it stands in every resource, embedded ones too. */
export function structuralNode(schema: JsonSchema, options: { metadata: SchemaNode; isResource: boolean }): SchemaNode {
  const { metadata, isResource } = options;
  if (schema['x-kubernetes-int-or-string']) return { kind: 'leaf', type: 'int-or-string' };
  const type = schema.type ?? (schema.properties ? 'object' : undefined);
  if (type === 'array') return listNode(schema, metadata);
  if (type !== 'object') return type === undefined ? UNTYPED : { kind: 'leaf', type };
  const atomic = schema['x-kubernetes-map-type'] === 'atomic';
  const { additionalProperties: values } = schema;
  if (typeof values === 'object')
    return { kind: 'map', values: structuralNode(values, { metadata, isResource: false }), atomic };
  if (!schema.properties && keepsUnknown(schema) && !isResource && !isEmbedded(schema))
    return { kind: 'map', values: UNTYPED, atomic };
  return structNode(schema, { metadata, isResource, atomic });
}

function listNode(schema: JsonSchema, metadata: SchemaNode): ListNode {
  const items = schemaOfItems(schema);
  const listType = schema['x-kubernetes-list-type'];
  return {
    kind: 'list',
    items: items ? structuralNode(items, { metadata, isResource: false }) : UNTYPED,
    listType: listType === 'set' || listType === 'map' ? listType : 'atomic',
    keys: schema['x-kubernetes-list-map-keys']?.toSorted() ?? [],
  };
}

function structNode(
  schema: JsonSchema,
  { metadata, isResource, atomic }: { metadata: SchemaNode; isResource: boolean; atomic: boolean },
): StructNode {
  const fields = new Map(
    Object.entries(schema.properties ?? {}).map(([name, of]) => [
      name,
      fieldNode(name, structuralNode(of, { metadata, isResource: false }), of.default),
    ]),
  );
  if (isResource || isEmbedded(schema)) {
    for (const name of ['apiVersion', 'kind']) fields.set(name, fieldNode(name, { kind: 'leaf', type: 'string' }));
    fields.set('metadata', fieldNode('metadata', metadata));
  }
  return { kind: 'struct', name: '', fields, atomic, ...(keepsUnknown(schema) && { others: UNTYPED }) };
}

const fieldNode = (name: string, node: SchemaNode, missing?: unknown): FieldNode => ({
  element: `f:${name}`,
  node,
  patchStrategy: [],
  patchMergeKey: undefined,
  default: missing,
});
