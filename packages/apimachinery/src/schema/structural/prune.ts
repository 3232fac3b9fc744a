/**
 * A custom object cut to its schema: fields that are not specified go and are named, nulls go where they can be neither kept
 * nor made a default, all keys are put in order. What stands under preserve-unknown-fields stays; apiVersion, kind and metadata of the object and of embedded ones are never pruned.
 */
import { type JsonObject, isJsonObject } from '../../own.ts';
import { type JsonSchema, isEmbedded, keepsUnknown, schemaOfItems, schemaOfKey } from './json-schema.ts';

/** Decodes metadata of the resource at `path`; says which of its fields are unknown. */
export type DecodeMetadata = (value: unknown, path: string) => { object: JsonObject; unknownFields: string[] };

export interface PruneContext {
  decodeMetadata: DecodeMetadata;
  /** Nulls are not pruned. */
  keepsNulls?: boolean;
  unknownFields: string[];
  /** These are told first. */
  unknownInMetadata: string[];
}

const TYPE_META: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

export function pruneResource(
  value: JsonObject,
  schema: JsonSchema,
  at: { path: string; context: PruneContext },
): JsonObject {
  const { metadata, ...rest } = value;
  const pruned = pruneObject(rest, schema, { ...at, isResource: true });
  return inOrder({ ...pruned, ...(metadata !== undefined && { metadata: pruneMetadata(metadata ?? {}, at) }) });
}

/** Null is an empty one. */
function pruneMetadata(metadata: unknown, { path, context }: { path: string; context: PruneContext }): JsonObject {
  const { object, unknownFields } = context.decodeMetadata(metadata, path);
  context.unknownInMetadata.push(...unknownFields.map((field) => under(under(path, 'metadata'), field)));
  return object;
}

interface Place {
  path: string;
  context: PruneContext;
  isResource?: boolean;
}

function prune(value: unknown, schema: JsonSchema | undefined, place: Place): unknown {
  if (Array.isArray(value)) {
    const items = schema && schemaOfItems(schema);
    return value.map((item, i) => prune(item, items, { ...place, path: `${place.path}[${i}]` }));
  }
  if (!isJsonObject(value)) return value;
  if (!schema) return canonical(value);
  return isEmbedded(schema) ? pruneResource(value, schema, place) : pruneObject(value, schema, place);
}

function pruneObject(value: JsonObject, schema: JsonSchema, { path, context, isResource = false }: Place): JsonObject {
  const entries: [string, unknown][] = [];
  for (const key of Object.keys(value).toSorted()) {
    const at = under(path, key);
    const of = schemaOfKey(schema, key);
    if (isResource && TYPE_META.has(key)) entries.push([key, value[key]]);
    else if (value[key] === null && of && !context.keepsNulls && isNothing(of)) continue;
    else if (of || keepsUnknown(schema)) entries.push([key, prune(value[key], of, { path: at, context })]);
    else context.unknownFields.push(at);
  }
  return Object.fromEntries(entries);
}

/** Whether null says nothing here: it is not allowed, and there is no default that it asks for. */
const isNothing = (schema: JsonSchema): boolean => !schema.nullable && schema.default === undefined;

const under = (path: string, key: string): string => (path ? `${path}.${key}` : key);

const inOrder = (value: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .toSorted()
      .map((key) => [key, canonical(value[key])]),
  );
}
