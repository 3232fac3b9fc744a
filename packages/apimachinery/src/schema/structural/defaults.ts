/**
 * Defaults of a structural schema: an absent field gets its default, and so does a null that is not nullable. Copies only
 * what changes.
 */
import { type JsonObject, isJsonObject } from '../../own.ts';
import { type JsonSchema, schemaOfItems, schemaOfKey } from './json-schema.ts';

export function applyStructuralDefaults(value: unknown, schema: JsonSchema | undefined): unknown {
  if (!schema || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return defaultItems(value, schemaOfItems(schema));
  return isJsonObject(value) ? defaultFields(value, schema) : value;
}

function defaultItems(value: readonly unknown[], schema: JsonSchema | undefined): readonly unknown[] {
  const next = value.map((item) => {
    const isMissing = item === null && schema !== undefined && !schema.nullable && schema.default !== undefined;
    return applyStructuralDefaults(isMissing ? schema.default : item, schema);
  });
  return next.some((item, i) => item !== value[i]) ? next : value;
}

function defaultFields(value: JsonObject, schema: JsonSchema): JsonObject {
  const changes: [key: string, value: unknown][] = [];
  for (const [key, of] of Object.entries(schema.properties ?? {}))
    if (!Object.hasOwn(value, key) && of.default !== undefined)
      changes.push([key, applyStructuralDefaults(of.default, of)]);
  for (const [key, item] of Object.entries(value)) {
    const of = schemaOfKey(schema, key);
    const next = item === null && of && !of.nullable ? (of.default ?? null) : item;
    const done = applyStructuralDefaults(next, of);
    if (done !== item) changes.push([key, done]);
  }
  return changes.length === 0 ? value : withChanges(value, changes);
}

function withChanges(value: JsonObject, changes: readonly [key: string, value: unknown][]): JsonObject {
  const all = new Map([...Object.entries(value), ...changes]);
  return Object.fromEntries([...all].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
