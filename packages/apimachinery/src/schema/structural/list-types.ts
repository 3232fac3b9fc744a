/** Lists whose elements are told apart: none of a set stands twice, and no two of a list by keys share theirs. */
import { stringifyJson } from '../../codec/json.ts';
import { type FieldError, duplicate, invalid } from '../../field-error.ts';
import { getOwn, isJsonObject } from '../../own.ts';
import { type JsonSchema, placesBelow } from './json-schema.ts';

export function validateListTypes(value: unknown, schema: JsonSchema, path: string): FieldError[] {
  const errors = Array.isArray(value) ? validateList(value, schema, path) : [];
  for (const [at, item, of] of placesBelow(value, schema, path)) errors.push(...validateListTypes(item, of, at));
  return errors;
}

function validateList(value: readonly unknown[], schema: JsonSchema, path: string): FieldError[] {
  const odd = schema['x-kubernetes-list-type'] === 'map' ? value.findIndex(isNoObject) : -1;
  if (odd >= 0) return [invalid(`${path}[${odd}]`, value[odd], 'must be an object for an array of list-type map')];
  const seen = new Map<string, number>();
  return identitiesOf(value, schema).flatMap((identity, i) => {
    const text = stringifyJson(identity);
    const times = seen.get(text) ?? 0;
    seen.set(text, times + 1);
    return times === 1 ? [duplicate(`${path}[${i}]`, identity)] : [];
  });
}

const isNoObject = (item: unknown): boolean => item !== null && !isJsonObject(item);

/** What tells the items of a list-type set or map apart; nothing for other lists. */
export function identitiesOf(value: readonly unknown[], schema: JsonSchema): readonly unknown[] {
  switch (schema['x-kubernetes-list-type']) {
    case 'set':
      return value;
    case 'map': {
      const keys = schema['x-kubernetes-list-map-keys'] ?? [];
      return value.map((item) =>
        isJsonObject(item)
          ? Object.fromEntries(keys.filter((key) => Object.hasOwn(item, key)).map((key) => [key, getOwn(item, key)]))
          : {},
      );
    }
    default:
      return [];
  }
}
