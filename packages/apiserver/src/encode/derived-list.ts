/**
 * Lists of what is derived from objects one by one: rows of a Table, metadata alone, protobuf. However long they are, the server does
 * other things in between, and what is parsed for them is not kept.
 */
import { type ListMeta, type ResourceDefinition, stringifyJson } from '@mkube/apimachinery';
import { CONTENT_TYPES } from '../request/media-types.ts';
import type { ApiResponse } from '../request/request.ts';
import type { Entry } from '../storage/entry.ts';
import { partialText } from './partial.ts';
import { encodeProtobufItem, encodeProtobufList } from './protobuf.ts';
import { type TableOptions, rowTextOf, tableOf } from './table.ts';
import { glanceOf, gvOf, metadataTextOf } from './views.ts';

const CHUNK = 64 * 1024;
/** For how long at a time the server does nothing else. */
const TURN_MS = 5;

export interface Listed {
  entries: readonly Entry[];
  metadata: Partial<ListMeta>;
  definition: ResourceDefinition;
}

export function tableList({ entries, metadata, definition }: Listed, options: Omit<TableOptions, 'definition'>) {
  const empty = stringifyJson(tableOf([], metadata, definition));
  return textList(empty, entries, (entry) => rowTextOf(entry, definition, options));
}

export function partialList({ entries, metadata, definition }: Listed): ApiResponse {
  const empty = { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items: [] };
  return textList(stringifyJson(empty), entries, (entry) => partialText(metadataTextOf(entry, definition)));
}

/** The items are encoded before the first byte goes out, since it tells how many there are. */
export async function protobufList({ entries, metadata, definition }: Listed): Promise<ApiResponse> {
  const items: Uint8Array[] = [];
  let turnEnds = performance.now() + TURN_MS;
  for (const entry of entries) {
    items.push(encodeProtobufItem(glanceOf(entry, definition)));
    if (performance.now() < turnEnds) continue;
    await new Promise((resolve) => setImmediate(resolve));
    turnEnds = performance.now() + TURN_MS;
  }
  const list = { kind: definition.listKind, apiVersion: gvOf(definition), metadata, items: [] };
  const parts = encodeProtobufList(list, items);
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return {
    status: 200,
    headers: { 'content-type': CONTENT_TYPES.protobuf, 'content-length': String(length) },
    body: chunksOf(parts),
  };
}

/** `empty` is the list without items, which come last in it. */
function textList(empty: string, entries: readonly Entry[], textOf: (entry: Entry) => string): ApiResponse {
  return { status: 200, headers: { 'content-type': CONTENT_TYPES.json }, body: textChunks(empty, entries, textOf) };
}

function* chunksOf(parts: readonly Uint8Array[]): Generator<Buffer, void, unknown> {
  let size = 0;
  let first = 0;
  for (const [i, part] of parts.entries()) {
    size += part.length;
    if (size < CHUNK) continue;
    yield Buffer.concat(parts.slice(first, i + 1));
    first = i + 1;
    size = 0;
  }
  if (size > 0) yield Buffer.concat(parts.slice(first));
}

function* textChunks(
  empty: string,
  entries: readonly Entry[],
  textOf: (entry: Entry) => string,
): Generator<Buffer, void, unknown> {
  const end = ']}'.length;
  let text = empty.slice(0, -end);
  let comma = '';
  for (const entry of entries) {
    text += comma + textOf(entry);
    comma = ',';
    if (text.length < CHUNK) continue;
    yield Buffer.from(text);
    text = '';
  }
  yield Buffer.from(`${text}${empty.slice(-end)}\n`);
}
