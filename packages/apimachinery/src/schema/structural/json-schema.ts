import { isJsonObject } from '../../own.ts';

/** The part of OpenAPI v3 that a CustomResourceDefinition may use, as it stands in the CRD. */
export interface JsonSchema {
  type?: string;
  format?: string;
  nullable?: boolean;
  default?: unknown;
  properties?: Readonly<Record<string, JsonSchema>>;
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema;
  required?: readonly string[];
  enum?: readonly unknown[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: boolean;
  exclusiveMaximum?: boolean;
  multipleOf?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  minProperties?: number;
  maxProperties?: number;
  allOf?: readonly JsonSchema[];
  anyOf?: readonly JsonSchema[];
  oneOf?: readonly JsonSchema[];
  not?: JsonSchema;
  description?: string;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-embedded-resource'?: boolean;
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-list-type'?: string;
  'x-kubernetes-list-map-keys'?: readonly string[];
  'x-kubernetes-map-type'?: string;
  'x-kubernetes-validations'?: readonly ValidationRule[];
}

/** A CEL rule; evaluated elsewhere. */
export interface ValidationRule {
  rule: string;
  message?: string;
  messageExpression?: string;
  reason?: string;
  fieldPath?: string;
  optionalOldSelf?: boolean;
}

/** The schema of what stands under `key` of an object, if the schema says anything about it. */
export function schemaOfKey(schema: JsonSchema, key: string): JsonSchema | undefined {
  const { properties, additionalProperties } = schema;
  if (properties && Object.hasOwn(properties, key)) return properties[key];
  return typeof additionalProperties === 'object' ? additionalProperties : undefined;
}

/** The schema of list items: one for all, as a list of schemas is not structural. */
export const schemaOfItems = ({ items }: JsonSchema): JsonSchema | undefined =>
  Array.isArray(items) ? undefined : items;

export const keepsUnknown = (schema: JsonSchema): boolean =>
  schema['x-kubernetes-preserve-unknown-fields'] === true || schema.additionalProperties === true;

export const isEmbedded = (schema: JsonSchema): boolean => schema['x-kubernetes-embedded-resource'] === true;

/** What stands below a value and is spoken of, as field paths name it: 'spec.list[0]', 'spec.map[key]'. */
export function* placesBelow(
  value: unknown,
  schema: JsonSchema,
  path: string,
): Generator<[path: string, value: unknown, schema: JsonSchema]> {
  if (Array.isArray(value)) {
    const items = schemaOfItems(schema);
    if (items) for (const [i, item] of value.entries()) yield [`${path}[${i}]`, item, items];
  } else if (isJsonObject(value))
    for (const [key, item] of Object.entries(value)) {
      const of = schemaOfKey(schema, key);
      if (!of) continue;
      const isField = schema.properties !== undefined && Object.hasOwn(schema.properties, key);
      yield [isField ? (path ? `${path}.${key}` : key) : `${path}[${key}]`, item, of];
    }
}

export function schemasBelow(schema: JsonSchema): JsonSchema[] {
  const { properties = {}, additionalProperties: values } = schema;
  const items = schemaOfItems(schema);
  return [...Object.values(properties), ...(items ? [items] : []), ...(typeof values === 'object' ? [values] : [])];
}
