/** Defaults of a structural schema, for what is missing, and for null where null is no value. Pure; the same value where nothing changes. */
import { type JsonSchema, isObject, mapObject, propertyOf } from './json-schema.ts';

export function withSchemaDefaults(value: unknown, schema: JsonSchema): unknown {
  if (Array.isArray(value)) return listDefaults(value, schema);
  if (!isObject(value)) return value;
  const defaulted = mapObject(value, (field, key) => {
    const property = propertyOf(schema, key);
    if (!property) return { keep: true, value: field };
    if (field === null && !property.nullable && property.default !== undefined)
      return { keep: true, value: property.default };
    return { keep: true, value: withSchemaDefaults(field, property) };
  });
  const missing = Object.entries(schema.properties ?? {}).filter(
    ([key, property]) => property.default !== undefined && !Object.hasOwn(defaulted, key),
  );
  if (missing.length === 0) return defaulted;
  const added = missing.map(([key, property]): [string, unknown] => [
    key,
    withSchemaDefaults(property.default, property),
  ]);
  return Object.fromEntries([...Object.entries(defaulted), ...added]);
}

function listDefaults(list: unknown[], { items }: JsonSchema): unknown[] {
  if (!items) return list;
  let same = true;
  const defaulted = list.map((item) => {
    const next = withSchemaDefaults(item, items);
    if (next !== item) same = false;
    return next;
  });
  return same ? list : defaulted;
}
