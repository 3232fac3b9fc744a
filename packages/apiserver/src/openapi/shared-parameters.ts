/** Parameters that many operations have stand once in a v2 document, and are referred to: their texts are most of it. Pure. */
import { createHash } from 'node:crypto';
import type { Json } from './dialect.ts';

export interface Shared {
  paths: Record<string, Json>;
  parameters: Record<string, Json>;
}

export function withSharedParameters(paths: Record<string, Json>): Shared {
  const counts = new Map<string, number>();
  for (const list of Object.values(paths).flatMap(listsOf))
    for (const key of list.map(keyOf)) counts.set(key, (counts.get(key) ?? 0) + 1);
  const names = new Map<string, string>();
  const parameters: Record<string, Json> = {};
  const referred = (one: Json): Json => {
    const key = keyOf(one);
    if (one['in'] === 'body' || (counts.get(key) ?? 0) < 2) return one;
    let name = names.get(key);
    if (!name) {
      name = `${String(one['name'])}-${createHash('sha256').update(key).digest('base64url').slice(0, 8)}`;
      names.set(key, name);
      parameters[name] = one;
    }
    return { $ref: `#/parameters/${name}` };
  };
  const replaced = (item: Json): Json =>
    Object.fromEntries(
      Object.entries(item).map(([key, value]) => [
        key,
        key === 'parameters' ? (value as Json[]).map(referred) : withReferences(value as Json, referred),
      ]),
    );
  const items = Object.entries(paths).map(([path, item]): [string, Json] => [path, replaced(item)]);
  return { paths: Object.fromEntries(items), parameters };
}

const withReferences = (operation: Json, referred: (one: Json) => Json): Json =>
  operation['parameters'] ? { ...operation, parameters: (operation['parameters'] as Json[]).map(referred) } : operation;

/** Of a path, and of each of its operations. */
const listsOf = (item: Json): Json[][] =>
  Object.entries(item).flatMap(([key, value]) => {
    const list = key === 'parameters' ? value : (value as Json)['parameters'];
    return list ? [list as Json[]] : [];
  });

const keyOf = (parameter: Json): string => JSON.stringify(parameter);
