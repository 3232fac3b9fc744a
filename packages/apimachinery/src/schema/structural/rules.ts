/** Where the CEL rules of a schema apply in an object: each with its value, and the value it had before. */
import { stringifyJson } from '../../codec/json.ts';
import { getOwn, isJsonObject } from '../../own.ts';
import { type JsonSchema, type ValidationRule, schemaOfItems, schemaOfKey } from './json-schema.ts';

export interface RulePlace {
  readonly rules: readonly ValidationRule[];
  readonly schema: JsonSchema;
  readonly path: string;
  readonly self: unknown;
  /** Undefined where the value cannot be told to be the same one: on create, and in atomic lists. */
  readonly oldSelf: unknown;
}

export function* rulePlacesOf(schema: JsonSchema, self: unknown, oldSelf?: unknown, path = ''): Generator<RulePlace> {
  if (self == null) return;
  const rules = schema['x-kubernetes-validations'];
  if (rules) yield { rules, schema, path, self, oldSelf };
  if (Array.isArray(self)) {
    const items = schemaOfItems(schema);
    if (!items) return;
    const before = oldItemOf(schema, oldSelf);
    for (const [i, item] of self.entries()) yield* rulePlacesOf(items, item, before(item), `${path}[${i}]`);
  } else if (isJsonObject(self))
    for (const [key, item] of Object.entries(self)) {
      const of = schemaOfKey(schema, key);
      const before = isJsonObject(oldSelf) ? getOwn(oldSelf, key) : undefined;
      if (of) yield* rulePlacesOf(of, item, before, path ? `${path}.${key}` : key);
    }
}

/** In a list by keys, the old item with the same keys. */
function oldItemOf(schema: JsonSchema, old: unknown): (item: unknown) => unknown {
  const keys = schema['x-kubernetes-list-type'] === 'map' ? (schema['x-kubernetes-list-map-keys'] ?? []) : [];
  if (!Array.isArray(old) || keys.length === 0) return () => undefined;
  const identity = (item: unknown): string =>
    stringifyJson(keys.map((key) => (isJsonObject(item) ? getOwn(item, key) : undefined)));
  const byIdentity = new Map(old.map((item: unknown) => [identity(item), item]));
  return (item) => byIdentity.get(identity(item));
}
