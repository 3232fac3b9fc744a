/**
 * What client-side apply sends: the patch that brings `current` to what `modified` says, deleting only what `original` (the last applied
 * configuration) had and `modified` has not. Pure. Built-in types merge by their facts (strategic); custom resources by JSON merge.
 */
import type { FieldFacts, TypeFacts, TypeSource, ValueFacts } from '@mkube/apimachinery';

type Json = Record<string, unknown>;

export interface ThreeWay {
  original: Json | undefined;
  modified: Json;
  current: Json;
}

/** {} when nothing is to be done. */
export function createMergePatch({ original, modified, current }: ThreeWay): Json {
  const patch: Json = {};
  for (const [key, value] of Object.entries(modified)) {
    const now = current[key];
    if (isObject(value) && isObject(now)) {
      const before = original?.[key];
      const inner = createMergePatch({
        original: isObject(before) ? before : undefined,
        modified: value,
        current: now,
      });
      if (Object.keys(inner).length > 0) patch[key] = inner;
    } else if (!isEqual(value, now)) patch[key] = value;
  }
  for (const [key, value] of Object.entries(original ?? {}))
    if (value !== undefined && !(key in modified) && key in current) patch[key] = null;
  return patch;
}

export function createStrategicPatch(three: ThreeWay, type: string, types: TypeSource): Json {
  return patchObject(three, types(type), types);
}

function patchObject({ original, modified, current }: ThreeWay, facts: TypeFacts | undefined, types: TypeSource): Json {
  const patch: Json = {};
  const fields = facts?.fields ?? {};
  for (const [key, value] of Object.entries(modified)) {
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
    const change = changeOf({ key, value, now: current[key], before: original?.[key], field, types });
    if (change !== undefined) Object.assign(patch, change);
  }
  for (const key of Object.keys(original ?? {})) if (!(key in modified) && key in current) patch[key] = null;
  return patch;
}

interface Change {
  key: string;
  value: unknown;
  now: unknown;
  before: unknown;
  field: FieldFacts | undefined;
  types: TypeSource;
}

function changeOf({ key, value, now, before, field, types }: Change): Json | undefined {
  if (now === undefined || now === null) return value === null ? undefined : { [key]: value };
  if (isObject(value) && isObject(now)) return mapChange({ key, value, now, before, field, types });
  if (Array.isArray(value) && Array.isArray(now) && field?.patchStrategy?.includes('merge'))
    return listChange({ key, value, now, before: Array.isArray(before) ? before : [], field, types });
  return isEqual(value, now) ? undefined : { [key]: value };
}

function mapChange({ key, value, now, before, field, types }: Change & { value: Json; now: Json }): Json | undefined {
  const inner = patchObject(
    { original: isObject(before) ? before : undefined, modified: value, current: now },
    factsOf(field, types),
    types,
  );
  if (Object.keys(inner).length === 0) return undefined;
  return { [key]: { ...retainKeys(value, field), ...inner } };
}

/** Where keys exclude one another (a strategy, a volume), a change names all that may stay. */
const retainKeys = (value: Json, field: FieldFacts | undefined): Json =>
  field?.patchStrategy?.includes('retainKeys') ? { $retainKeys: Object.keys(value).toSorted() } : {};

function listChange({
  key,
  value,
  now,
  before,
  field,
  types,
}: Change & { value: unknown[]; now: unknown[]; before: unknown[]; field: FieldFacts }): Json | undefined {
  const mergeKey = field.patchMergeKey;
  if (mergeKey === undefined) return primitives({ key, value, now, before });
  const keyOf = (item: unknown): unknown => (item as Json)[mergeKey];
  const itemFacts = factsOf(field.items, types);
  const items: Json[] = [];
  for (const item of value as Json[]) {
    const live = now.find((n) => isEqual(keyOf(n), keyOf(item))) as Json | undefined;
    const last = before.find((b) => isEqual(keyOf(b), keyOf(item))) as Json | undefined;
    if (!live) items.push(item);
    else {
      const change = patchObject({ original: last, modified: item, current: live }, itemFacts, types);
      if (Object.keys(change).length > 0)
        items.push({ ...retainKeys(item, field), ...change, [mergeKey]: keyOf(item) });
    }
  }
  for (const item of before as Json[]) {
    const isGone = !value.some((v) => isEqual(keyOf(v), keyOf(item)));
    if (isGone && now.some((n) => isEqual(keyOf(n), keyOf(item))))
      items.push({ $patch: 'delete', [mergeKey]: keyOf(item) });
  }
  const order = value.map((item) => ({ [mergeKey]: keyOf(item) }));
  if (items.length === 0 && isInOrder(value, now, keyOf)) return undefined;
  return { [`$setElementOrder/${key}`]: order, ...(items.length > 0 && { [key]: items }) };
}

function primitives({
  key,
  value,
  now,
  before,
}: {
  key: string;
  value: unknown[];
  now: unknown[];
  before: unknown[];
}): Json | undefined {
  const added = value.filter((v) => !now.includes(v));
  const removed = before.filter((b) => !value.includes(b) && now.includes(b));
  if (added.length === 0 && removed.length === 0) return undefined;
  return {
    [`$setElementOrder/${key}`]: value,
    ...(removed.length > 0 && { [`$deleteFromPrimitiveList/${key}`]: removed }),
    ...(added.length > 0 && { [key]: added }),
  };
}

/** The live list holds the wanted items in the wanted order; others may stand between. */
function isInOrder(value: unknown[], now: unknown[], keyOf: (item: unknown) => unknown): boolean {
  const at = value.map((item) => now.findIndex((n) => isEqual(keyOf(n), keyOf(item))));
  return at.every((position, i) => i === 0 || position > (at[i - 1] ?? -1));
}

const factsOf = (value: ValueFacts | undefined, types: TypeSource): TypeFacts | undefined =>
  value?.ref === undefined ? undefined : types(value.ref);

const isObject = (value: unknown): value is Json =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

export function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => isEqual(item, b[i]));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && isEqual(a[key], b[key]));
}
