/** What explain reads of a group version's OpenAPI v3 document: schemas, their references and what their types are called. */
export interface Schema {
  $ref?: string;
  type?: string;
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: Schema | boolean;
  allOf?: Schema[];
  enum?: unknown[];
  'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string }[];
}

export interface OpenApiDocument {
  components?: { schemas?: Record<string, Schema> };
}

export function schemaOfKind(
  document: OpenApiDocument,
  { group, version, kind }: { group: string; version: string; kind: string },
): Schema | undefined {
  return Object.values(document.components?.schemas ?? {}).find((schema) =>
    schema['x-kubernetes-group-version-kind']?.some(
      (k) => k.group === group && k.version === version && k.kind === kind,
    ),
  );
}

/** The schema a reference names; itself where it is none. */
export const resolve = (schema: Schema, document: OpenApiDocument): Schema =>
  (schema.$ref !== undefined && document.components?.schemas?.[lastOf(schema.$ref, '/')]) || schema;

/** The schema of every value of a map, where the schema is one. */
export const valuesOf = ({ additionalProperties }: Schema): Schema | undefined =>
  typeof additionalProperties === 'object' ? additionalProperties : undefined;

/** 'string', '[]Container', 'map[string]Quantity', 'Object' */
export function typeNameOf(schema: Schema, document: OpenApiDocument): string {
  if (schema.items) return `[]${typeNameOf(schema.items, document)}`;
  const values = valuesOf(schema);
  if (values) return `map[string]${typeNameOf(values, document)}`;
  const [only, ...more] = schema.allOf ?? [];
  if (only && more.length === 0 && !schema.properties) return typeNameOf(only, document);
  const { type } = schema.$ref === undefined ? schema : resolve({ $ref: schema.$ref }, document);
  if (schema.$ref !== undefined && (type === undefined || type === 'object'))
    return lastOf(lastOf(schema.$ref, '/'), '.');
  return type === undefined || type === 'object' ? 'Object' : type;
}

const lastOf = (text: string, separator: string): string => text.split(separator).at(-1) ?? text;
