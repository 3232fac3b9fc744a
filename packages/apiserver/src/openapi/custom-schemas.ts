/** OpenAPI schemas of custom resources: their own, with kind, apiVersion and metadata as every object has them. Pure. */
import { type JsonSchema, type ResourceDefinition, isJsonObject } from '@mkube/apimachinery';
import { isCustom } from '../crd/definition.ts';
import type { Dialect, Json } from './dialect.ts';
import { typeSchema } from './type-schema.ts';

export function customSchemas(definition: ResourceDefinition, dialect: Dialect): Record<string, Json> {
  if (!isCustom(definition)) return {};
  const { type, listKind, group, version, kind, openApiSchema } = definition;
  const own = published(openApiSchema, dialect);
  const properties = (own['properties'] ?? {}) as Json;
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
  const object: Json = {
    ...own,
    type: 'object',
    properties: { ...properties, apiVersion, kind: ofKind, metadata },
    'x-kubernetes-group-version-kind': gvk(kind),
  };
  return { [type]: object, [listTypeOf(definition)]: list };
}

/** As they are said of built-in kinds, whose lists have the same. */
function commonFields(dialect: Dialect): { apiVersion: Json; kind: Json; metadata: Json; listMetadata: Json } {
  const fieldsOf = (type: string) => (typeSchema(type, dialect)?.['properties'] ?? {}) as Record<string, Json>;
  const [one, many] = [fieldsOf('io.k8s.api.core.v1.ConfigMap'), fieldsOf('io.k8s.api.core.v1.ConfigMapList')];
  const { apiVersion = {}, kind = {}, metadata } = one;
  return { apiVersion, kind, metadata: plain(metadata), listMetadata: plain(many['metadata']) };
}

/** Custom kinds declare no default of metadata. */
const plain = ({ default: _none, ...field }: Json = {}): Json => field;

export const listTypeOf = ({ type, kind, listKind }: ResourceDefinition): string =>
  type.slice(0, type.length - kind.length) + listKind;

/** v2 has no oneOf, anyOf, not, nullable: what a v2 client would take for more than it is, is left out. */
function published(schema: JsonSchema, dialect: Dialect): Json {
  if (dialect.version === 3) return schema as Json;
  const { oneOf, anyOf, not, nullable, default: _default, allOf: _allOf, ...rest } = schema;
  const loose = oneOf ?? anyOf ?? not ?? (schema['x-kubernetes-int-or-string'] || nullable);
  const { properties, items, additionalProperties, ...plain } = rest;
  const { type: _type, ...untyped } = plain;
  return {
    ...(loose && nullable ? untyped : plain),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, property]) => [name, published(property, dialect)]),
      ),
    }),
    ...(items && { items: published(items, dialect) }),
    ...(isJsonObject(additionalProperties) && {
      additionalProperties: published(additionalProperties as JsonSchema, dialect),
    }),
  };
}
