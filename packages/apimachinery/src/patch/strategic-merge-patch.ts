/**
 * Strategic merge patch, driven by the patch strategies and merge keys of a schema, with all directives: $patch,
 * $retainKeys, $setElementOrder/<list>, $deleteFromPrimitiveList/<list>. Fields that the schema does not know merge as
 * objects and replace as lists. Nothing given is changed.
 */
import { BadRequest } from '../errors.ts';
import { type JsonObject, getOwn, isJsonObject, setOwn } from '../own.ts';
import type { Schema } from '../resource.ts';
import { type FieldNode, type SchemaNode, UNTYPED } from '../schema/node.ts';
import { unprocessable } from './patch-error.ts';
import {
  DELETE_FROM_LIST,
  RETAIN_KEYS,
  SET_ORDER,
  directiveOf,
  isDirective,
  isReplaceMark,
  withoutDirectives,
} from './strategic-directives.ts';
import { type IdentityOf, orderElements, placesOf } from './strategic-order.ts';

/** @throws BadRequest for a malformed patch, Invalid (422) where an element has no merge key. */
export function applyStrategicMergePatch(schema: Pick<Schema, 'root'>, original: unknown, patch: unknown): unknown {
  if (patch !== null && !isJsonObject(patch))
    throw new BadRequest(
      `json: cannot unmarshal ${Array.isArray(patch) ? 'array' : typeof patch} into Go value of type map[string]interface {}`,
    );
  return mergeMap(isJsonObject(original) ? original : {}, patch ?? {}, schema.root);
}

function mergeMap(original: JsonObject, patch: JsonObject, node: SchemaNode): JsonObject {
  const directive = directiveOf(patch);
  if (directive === 'delete') return {};
  if (directive === 'replace') return withoutDirectives(patch) as JsonObject;
  const merged = retained(original, patch);
  const ordered = new Set<string>();
  for (const [key, order] of Object.entries(patch)) {
    if (!key.startsWith(SET_ORDER)) continue;
    const field = key.slice(SET_ORDER.length);
    ordered.add(field);
    mergeOrdered({ merged, patch, field, order, of: fieldOf(node, field) });
  }
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith(DELETE_FROM_LIST)) deleteFromList(merged, key.slice(DELETE_FROM_LIST.length), value);
    else if (!isDirective(key) && !ordered.has(key)) mergeField(merged, key, value, fieldOf(node, key));
  }
  return merged;
}

type MergeRules = Pick<FieldNode, 'node' | 'patchStrategy' | 'patchMergeKey'>;

const UNKNOWN_FIELD: MergeRules = { node: UNTYPED, patchStrategy: [], patchMergeKey: undefined };

function fieldOf(node: SchemaNode, key: string): MergeRules {
  if (node.kind === 'map') return { ...UNKNOWN_FIELD, node: node.values };
  if (node.kind !== 'struct') return UNKNOWN_FIELD;
  return node.fields.get(key) ?? { ...UNKNOWN_FIELD, node: node.others ?? UNTYPED };
}

/** A copy of the original, with only what $retainKeys names. */
function retained(original: JsonObject, patch: JsonObject): JsonObject {
  const keys = getOwn(patch, RETAIN_KEYS);
  if (keys === undefined) return { ...original };
  const wrong = (): BadRequest => new BadRequest('invalid patch format of retainKeys');
  if (!Array.isArray(keys)) throw wrong();
  const kept = new Set<unknown>(keys);
  for (const [key, value] of Object.entries(patch))
    if (!isDirective(key) && value !== null && !kept.has(key)) throw wrong();
  return Object.fromEntries(Object.entries(original).filter(([key]) => kept.has(key)));
}

function mergeField(merged: JsonObject, key: string, value: unknown, of: MergeRules): void {
  if (value === null) {
    delete merged[key];
    return;
  }
  const before = getOwn(merged, key);
  if (isJsonObject(before) && isJsonObject(value)) setOwn(merged, key, mergedMap(before, value, of));
  else if (Array.isArray(before) && Array.isArray(value)) setOwn(merged, key, mergedList(before, value, of));
  else setOwn(merged, key, withoutDirectives(value));
}

const mergedMap = (before: JsonObject, patch: JsonObject, of: MergeRules): unknown =>
  of.patchStrategy.includes('replace') ? withoutDirectives(patch) : mergeMap(before, patch, of.node);

function mergedList(before: readonly unknown[], patch: readonly unknown[], of: MergeRules): unknown[] {
  if (!of.patchStrategy.includes('merge')) return withoutDirectives(patch) as unknown[];
  const identityOf = identityIn(of);
  const merged =
    patch.some(isJsonObject) || before.some(isJsonObject)
      ? mergeElements(before, patch, of)
      : uniqueScalars([...before, ...patch]);
  return orderElements({ merged, wanted: patch, before, identityOf });
}

/** What an element is found by: the value of its merge key; scalars are their own. */
const identityIn =
  ({ patchMergeKey: mergeKey }: MergeRules): IdentityOf =>
  (element) => {
    const value = isJsonObject(element) && mergeKey !== undefined ? getOwn(element, mergeKey) : element;
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
      ? `${value}`
      : undefined;
  };

function mergeElements(before: readonly unknown[], patch: readonly unknown[], of: MergeRules): unknown[] {
  const { patchMergeKey: mergeKey, node } = of;
  if (mergeKey === undefined) throw unprocessable('cannot merge lists without merge key');
  const items = node.kind === 'list' ? node.items : UNTYPED;
  const identityOf = identityIn(of);
  const removed = new Set<string>();
  const changes: [identity: string, element: JsonObject][] = [];
  let replace = false;
  for (const element of patch) {
    if (!isJsonObject(element)) throw unprocessable('all values of a list that is merged must be objects');
    const identity = identityOf(element);
    if (isReplaceMark(element)) replace = true;
    else if (identity === undefined) throw unprocessable(`map does not contain declared merge key: ${mergeKey}`);
    else if (directiveOf(element) === 'delete') removed.add(identity);
    else changes.push([identity, element]);
  }
  if (replace) return changes.map(([, element]) => withoutDirectives(element));
  const merged = before.filter((item) => !removed.has(identityOf(item) ?? ''));
  const places = placesOf(merged, identityOf);
  for (const [identity, element] of changes) {
    const at = places.get(identity) ?? merged.length;
    const found = merged[at];
    merged[at] = isJsonObject(found) ? mergeMap(found, element, items) : withoutDirectives(element);
    places.set(identity, at);
  }
  return merged;
}

const uniqueScalars = (values: readonly unknown[]): unknown[] => [...new Set(values)];

function deleteFromList(merged: JsonObject, key: string, values: unknown): void {
  const before = getOwn(merged, key);
  if (!Array.isArray(before) || !Array.isArray(values)) return;
  const types = new Set([...before, ...values].map((value) => typeof value));
  if (types.size > 1) throw new BadRequest('list element types are not identical');
  setOwn(
    merged,
    key,
    before.filter((item) => !values.includes(item)),
  );
}

/** $setElementOrder: the list is merged first, then put in the order given. */
function mergeOrdered(options: {
  merged: JsonObject;
  patch: JsonObject;
  field: string;
  order: unknown;
  of: MergeRules;
}): void {
  const { merged, patch, field, order, of } = options;
  if (!Array.isArray(order)) throw new BadRequest(`invalid patch format of ${SET_ORDER}${field}`);
  const identityOf = identityIn(of);
  const change = getOwn(patch, field);
  const removed = getOwn(patch, `${DELETE_FROM_LIST}${field}`);
  const before = getOwn(merged, field);
  if (change !== undefined && change !== null) {
    if (Array.isArray(change)) checkOrder(change, order, { field, identityOf });
    mergeField(merged, field, change, of);
  } else if (change === null) delete merged[field];
  if (removed !== undefined) deleteFromList(merged, field, removed);
  const list = getOwn(merged, field);
  if (!Array.isArray(list)) return;
  const wanted = order as readonly unknown[];
  setOwn(
    merged,
    field,
    orderElements({ merged: list, wanted, before: Array.isArray(before) ? before : [], identityOf }),
  );
}

/** What the patch holds must stand in the order that it asks for. */
function checkOrder(
  change: readonly unknown[],
  order: readonly unknown[],
  { field, identityOf }: { field: string; identityOf: IdentityOf },
): void {
  let at = 0;
  for (const element of change) {
    if (isJsonObject(element) && directiveOf(element) !== undefined) continue;
    const identity = identityOf(element);
    while (at < order.length && identityOf(order[at]) !== identity) at++;
    if (at === order.length)
      throw new BadRequest(`The order in patch list doesn't match $setElementOrder list of ${field}`);
  }
}
