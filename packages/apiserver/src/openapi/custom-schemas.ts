/** OpenAPI schemas of custom resources: their own, with kind, apiVersion and metadata as every object has them. Pure. */
import { type JsonSchema, type ResourceDefinition, isJsonObject } from '@mkube/apimachinery';
import { isCustom } from '../crd/definition.ts';
import { type Dialect, type Json, V2 } from './dialect.ts';
import { typeSchema } from './type-schema.ts';

export function customSchemas(definition: ResourceDefinition, dialect: Dialect): Record<string, Json> {
  if (!isCustom(definition)) return {};
  const { type, listKind, group, version, kind, openApiSchema } = definition;
  const gvk = (of: string) => [{ group, version, kind: of }];
  const { apiVersion, kind: ofKind, metadata, listMetadata } = commonFields(dialect);
  const list: Json = {
    type: 'object',
    required: ['items'],
    description: `${listKind} is a list of ${kind}`,
    properties: {
      apiVersion,
      items: { description: `List of ${definition.resource}`, type: 'array', items: dialect.ref(type) },
      kind: ofKind,
      metadata: listMetadata,
    },
    'x-kubernetes-group-version-kind': gvk(listKind),
  };
  const fields = { apiVersion, kind: ofKind, metadata };
  const own = isOpen(openApiSchema, dialect)
    ? { type: 'object' }
    : withFields(published(openApiSchema, dialect, fields), fields);
  const object: Json = { ...own, 'x-kubernetes-group-version-kind': gvk(kind) };
  return { [type]: object, [listTypeOf(definition)]: list };
}

/** As they are said of built-in kinds, whose lists have the same. */
function commonFields(dialect: Dialect): CommonFields & { listMetadata: Json } {
  const fieldsOf = (type: string) => (typeSchema(type, dialect)?.['properties'] ?? {}) as Record<string, Json>;
  const [one, many] = [fieldsOf('io.k8s.api.core.v1.ConfigMap'), fieldsOf('io.k8s.api.core.v1.ConfigMapList')];
  const { apiVersion = {}, kind = {}, metadata } = one;
  return { apiVersion, kind, metadata: plain(metadata), listMetadata: plain(many['metadata']) };
}

/** Custom kinds declare no default of metadata. */
const plain = ({ default: _none, ...field }: Json = {}): Json => field;

export const listTypeOf = ({ type, kind, listKind }: ResourceDefinition): string =>
  type.slice(0, type.length - kind.length) + listKind;

interface CommonFields {
  apiVersion: Json;
  kind: Json;
  metadata: Json;
}

const withFields = (schema: Json, { apiVersion, kind, metadata }: CommonFields): Json => ({
  ...schema,
  properties: { ...(schema['properties'] as Json | undefined), apiVersion, kind, metadata },
});

/** Clients of v2 refuse what no property names: where anything may stand none is named. */
const isOpen = (schema: JsonSchema, { version }: Dialect): boolean =>
  version === 2 && schema['x-kubernetes-preserve-unknown-fields'] === true;

/** A schema and those inside it, as the document's version can say it; an object in an object has an object's fields. */
function published(schema: JsonSchema, dialect: Dialect, fields: CommonFields): Json {
  const inside = (inner: JsonSchema): Json => published(inner, dialect, fields);
  const { properties, items, additionalProperties, ...own } = dialect.version === 2 ? inV2(schema) : schema;
  const whole: Json = {
    ...own,
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, inside(property)])),
    }),
    ...(items && { items: inside(items) }),
    ...(additionalProperties !== undefined && {
      additionalProperties: isJsonObject(additionalProperties)
        ? inside(additionalProperties as JsonSchema)
        : additionalProperties,
    }),
  };
  if (!schema['x-kubernetes-embedded-resource'] || isOpen(schema, dialect)) return whole;
  const required = [...new Set([...(schema.required ?? []), 'kind', 'apiVersion'])];
  return { ...withFields(whole, fields), required };
}

/**
 * v2 has no oneOf, anyOf, not, nullable, and its clients take an object without additionalProperties for closed: what they would
 * take for more than it is, is left out.
 */
function inV2(schema: JsonSchema): JsonSchema {
  const { oneOf: _oneOf, anyOf: _anyOf, allOf: _allOf, not: _not, nullable, ...rest } = schema;
  const { type, required, items, properties, ...plain } = rest;
  const isLoose = nullable || isOpen(schema, V2);
  const isUntyped = nullable || (isLoose && type === 'object') || (type === 'array' && (isLoose || !items));
  const needed = required?.filter((name) => !properties?.[name]?.nullable) ?? [];
  return {
    ...plain,
    ...(type && !isUntyped && { type }),
    ...(needed.length > 0 && { required: needed }),
    ...(!isLoose && items && { items }),
    ...(!isLoose && properties && { properties }),
  };
}
