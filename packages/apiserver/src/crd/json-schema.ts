/** The schema of a custom resource as it stands in a CustomResourceDefinition; every field is somebody's input. */
export interface JsonSchema {
  type?: string;
  format?: string;
  title?: string;
  description?: string;
  default?: unknown;
  nullable?: boolean;
  enum?: unknown[];
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
  required?: string[];
  properties?: Record<string, JsonSchema>;
  additionalProperties?: boolean | JsonSchema;
  items?: JsonSchema;
  allOf?: JsonSchema[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  not?: JsonSchema;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-embedded-resource'?: boolean;
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-list-type'?: string;
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-map-type'?: string;
  'x-kubernetes-validations'?: { rule: string; message?: string }[];
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const getOwn = (object: Readonly<Record<string, unknown>>, key: string): unknown =>
  Object.hasOwn(object, key) ? object[key] : undefined;

/** The schema of one property: its own, or that of all others. */
export function propertyOf(schema: JsonSchema, name: string): JsonSchema | undefined {
  const own = schema.properties && Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
  if (own) return own;
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
}

/** A copy of the object with `change` for each key that is kept; `__proto__` is a key like any other. */
export function mapObject(
  object: Readonly<Record<string, unknown>>,
  change: (value: unknown, key: string) => { keep: true; value: unknown } | { keep: false },
): Record<string, unknown> {
  const entries: [string, unknown][] = [];
  let same = true;
  for (const [key, value] of Object.entries(object)) {
    const changed = change(value, key);
    if (changed.keep) entries.push([key, changed.value]);
    if (!changed.keep || changed.value !== value) same = false;
  }
  return same ? (object as Record<string, unknown>) : Object.fromEntries(entries);
}
