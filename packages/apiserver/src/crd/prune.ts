/** Takes out what a structural schema does not know, and names it by path. Metadata of embedded resources stays. Pure. */
import { type JsonSchema, isObject, mapObject, propertyOf } from './json-schema.ts';

const OF_RESOURCES = new Set(['apiVersion', 'kind', 'metadata']);

export function prune(
  value: unknown,
  schema: JsonSchema,
  report: (path: string) => void,
  path = '',
  isRoot = true,
): unknown {
  if (Array.isArray(value)) return pruneList(value, schema, report, path);
  if (!isObject(value)) return value;
  const keepsAll = schema['x-kubernetes-preserve-unknown-fields'] === true;
  const embedded = isRoot || schema['x-kubernetes-embedded-resource'] === true;
  return mapObject(value, (field, key) => {
    const where = path ? `${path}.${key}` : key;
    if (embedded && OF_RESOURCES.has(key)) return { keep: true, value: field };
    const property = propertyOf(schema, key);
    if (property) return { keep: true, value: prune(field, property, report, where, false) };
    if (keepsAll || schema.additionalProperties === true) return { keep: true, value: field };
    report(where);
    return { keep: false };
  });
}

function pruneList(list: unknown[], { items }: JsonSchema, report: (path: string) => void, path: string): unknown[] {
  if (!items) return list;
  let same = true;
  const pruned = list.map((item, i) => {
    const kept = prune(item, items, report, `${path}[${i}]`, false);
    if (kept !== item) same = false;
    return kept;
  });
  return same ? list : pruned;
}
