/**
 * The body of an apply as an intent: only what was said, but checked and canonical (quantities, times), so that an equal
 * value is no conflict. A zero that was said stays, although stored objects leave it out.
 */
import { BadRequest, StatusError } from '../errors.ts';
import { type JsonObject, getOwn, isJsonObject, setOwn } from '../own.ts';
import type { KubernetesObject, Schema } from '../resource.ts';
import type { SchemaNode } from '../schema/node.ts';
import { formatFieldPath } from './path-element.ts';
import { containerOf, fieldsOf, itemsByElement, nodeOfField } from './typed.ts';

/** @throws BadRequest, or a StatusError for a field that the type does not have, or for an element that stands twice */
export function intentOf(schema: Schema, body: JsonObject): KubernetesObject {
  const { object, unknownFields } = schema.decode(body);
  const intent = said(object, body);
  const faults = [
    ...unknownFields.map((path) => `.${path}: field not declared in schema`),
    ...[...duplicatesOf(schema.root, intent)].map(({ at, key }) => `${at}: duplicate entries for key ${key}`),
  ];
  if (faults.length > 0) throw untyped(body, faults);
  return intent as unknown as KubernetesObject;
}

/** @throws BadRequest for what no apply may hold */
export function checkIntent(
  body: unknown,
  { apiVersion, kind }: { apiVersion: string; kind: string },
): asserts body is JsonObject {
  if (!isJsonObject(body)) throw new BadRequest('an apply patch is an object');
  if (body['apiVersion'] !== apiVersion || body['kind'] !== kind)
    throw new BadRequest(`invalid object type: ${goTypeOf(body)}`);
  const metadata = getOwn(body, 'metadata');
  if (isJsonObject(metadata) && getOwn(metadata, 'managedFields') != null)
    throw new BadRequest('metadata.managedFields must be nil');
}

/** 'apps/v1, Kind=Deployment', '/v1, Kind=Pod' */
function goTypeOf(body: JsonObject): string {
  const apiVersion = textOf(body['apiVersion']);
  const named = apiVersion === '' || apiVersion.includes('/') ? apiVersion || '/' : `/${apiVersion}`;
  return `${named}, Kind=${textOf(body['kind'])}`;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value.slice(0, 100) : '');

function said(decoded: unknown, body: unknown): unknown {
  if (Array.isArray(body) && Array.isArray(decoded) && body.length === decoded.length)
    return body.map((item, i) => said(decoded[i], item));
  if (!isJsonObject(body) || !isJsonObject(decoded)) return decoded === undefined ? body : decoded;
  const out: JsonObject = {};
  for (const [key, value] of Object.entries(body)) {
    // generated manifests are full of it, and nobody means it
    if (key === 'creationTimestamp' && value === null) continue;
    setOwn(out, key, value === null ? null : said(getOwn(decoded, key), value));
  }
  return out;
}

/** Elements that stand twice in lists that are told apart by them: nobody could say which one is meant. */
function* duplicatesOf(node: SchemaNode, value: unknown, at = ''): Generator<{ at: string; key: string }> {
  const container = containerOf(node, value, undefined);
  if (container?.kind === 'fields')
    for (const [name, item] of Object.entries(fieldsOf(value)))
      yield* duplicatesOf(nodeOfField(container.node, name), item, `${at}.${name}`);
  if (container?.kind !== 'items') return;
  const { node: list } = container;
  for (const [element, items] of itemsByElement(list, value)) {
    const key = formatFieldPath([element]);
    for (const _again of items.slice(1)) yield { at, key };
    if (items.length === 1) yield* duplicatesOf(list.items, items[0], `${at}${key}`);
  }
}

function untyped(body: JsonObject, faults: readonly string[]): StatusError {
  const metadata = isJsonObject(body['metadata']) ? body['metadata'] : {};
  const [namespace, name] = [textOf(metadata['namespace']), textOf(metadata['name'])];
  const of = `${namespace}/${name}; ${goTypeOf(body)}`;
  const text = faults.length === 1 ? (faults[0] ?? '') : `errors:\n${faults.map((fault) => `  ${fault}`).join('\n')}`;
  return new StatusError({ reason: '', code: 500, message: `failed to create typed patch object (${of}): ${text}` });
}
