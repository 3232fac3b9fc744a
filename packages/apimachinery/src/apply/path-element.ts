/** The elements of a field's path: how list items are told apart, and how a path is shown to people. */
import { type JsonObject, getOwn, isJsonObject } from '../own.ts';
import { stringifyJson } from '../codec/json.ts';
import type { ListNode, SchemaNode } from '../schema/node.ts';
import { BadRequest } from '../errors.ts';

/** The element of a list item: by its keys (defaults count), or by its value. */
export function elementOf(node: ListNode, item: unknown): string {
  if (node.listType !== 'map') {
    if (typeof item === 'object')
      throw new BadRequest('associative list without keys has an element that is no scalar');
    return `v:${stringifyJson(item)}`;
  }
  if (!isJsonObject(item)) throw new BadRequest('associative list with keys may not have non-map elements');
  const key: JsonObject = {};
  for (const name of node.keys) {
    const value = getOwn(item, name) ?? defaultOf(node.items, name);
    if (value !== undefined) key[name] = value;
  }
  if (Object.keys(key).length === 0)
    throw new BadRequest(
      `associative list with keys has an element that omits all key fields ${JSON.stringify(node.keys)} (and doesn't have default values for any key fields)`,
    );
  return `k:${stringifyJson(key)}`;
}

const defaultOf = (items: SchemaNode, name: string): unknown =>
  items.kind === 'struct' ? items.fields.get(name)?.default : undefined;

/** '.spec.containers[name="a"].image' */
export const formatFieldPath = (path: readonly string[]): string => path.map(formatElement).join('');

function formatElement(element: string): string {
  const value = element.slice(2);
  switch (element.slice(0, 2)) {
    case 'k:': {
      const keys: unknown = JSON.parse(value);
      const pairs = isJsonObject(keys) ? Object.entries(keys) : [];
      return `[${pairs.map(([name, of]) => `${name}=${JSON.stringify(of)}`).join(',')}]`;
    }
    case 'v:':
      return `[=${value}]`;
    case 'i:':
      return `[${value}]`;
    default:
      return `.${value}`;
  }
}
