/** Lists: the items' own bytes in chunks (built-in items without kind and apiVersion), or a Table, or metadata only. */
import type { KubernetesObject, ListMeta, ResourceDefinition } from '@mkube/apimachinery';
import type { Page } from '../handlers/page.ts';
import { CONTENT_TYPES } from '../request/media-types.ts';
import type { ApiResponse } from '../request/request.ts';
import { partialList, protobufList, tableList } from './derived-list.ts';
import { partialOf } from './partial.ts';
import type { Entry } from '../storage/entry.ts';
import { type Rendering, respondRaw, wantsPretty } from './respond.ts';
import { parseIncludeObject, rowOf, tableOf } from './table.ts';
import { gvOf, isStored, jsonOf, objectOf, typePrefixOf } from './views.ts';

/** Less than what malloc would map anew each time, and small enough to be still in the processor's cache when it is encrypted. */
const CHUNK = 120 * 1024;

export async function listResponse(page: Page, rendering: Rendering): Promise<ApiResponse> {
  const { request, definition, media } = rendering;
  const listed = { entries: page.entries, metadata: listMetadata(page), definition };
  if (media.encoding === 'json' && !media.beta && !wantsPretty(request, media)) {
    if (media.as === 'Table')
      return tableList(listed, { include: parseIncludeObject(request.query), now: rendering.now() });
    if (media.as === 'PartialObjectMetadataList') return partialList(listed);
    return jsonList(page, definition);
  }
  if (media.encoding === 'protobuf' && media.as === undefined) return protobufList(listed);
  const objects = page.entries.map((entry) => objectOf(entry, definition));
  return respondList(objects, listMetadata(page), rendering);
}

/** A list of any objects of a kind, stored or not. */
export async function respondList(
  objects: KubernetesObject[],
  metadata: Partial<ListMeta>,
  rendering: Rendering,
): Promise<ApiResponse> {
  const { request, definition, media } = rendering;
  switch (media.as) {
    case 'Table': {
      const include = parseIncludeObject(request.query);
      const now = rendering.now();
      const rows = objects.map((object) => rowOf(object, { definition, include, now }));
      return respondRaw(tableOf(rows, metadata, definition), 200, request, media);
    }
    case 'PartialObjectMetadataList': {
      const items = objects.map(partialOf);
      const value = { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items };
      return respondRaw(value, 200, request, media);
    }
    case 'PartialObjectMetadata':
    case undefined:
      return respondRaw(listOf(objects, metadata, definition), 200, request, media);
  }
}

const listMetadata = (page: Page) => ({
  resourceVersion: String(page.revision),
  ...(page.continue && { continue: page.continue }),
  ...(page.remaining !== undefined && { remainingItemCount: page.remaining }),
});

export const listOf = (items: KubernetesObject[], metadata: object, definition: ResourceDefinition): object => ({
  kind: definition.listKind,
  apiVersion: gvOf(definition),
  metadata,
  items: definition.custom ? items : items.map(({ kind: _kind, apiVersion: _apiVersion, ...item }) => item),
});

function jsonList(page: Page, definition: ResourceDefinition): ApiResponse {
  const { entries } = page;
  const head = { kind: definition.listKind, apiVersion: gvOf(definition), metadata: listMetadata(page) };
  const opening = Buffer.from(`${JSON.stringify(head).slice(0, -1)},"items":[`);
  const items = itemsOf(definition);
  let length = opening.length + END.length + Math.max(0, entries.length - 1);
  for (const entry of entries) length += items.lengthOf(entry);
  return {
    status: 200,
    // known beforehand, so that nothing has to be cut into HTTP's own chunks once more
    headers: { 'content-type': CONTENT_TYPES.json, 'content-length': String(length) },
    body: chunksOf(opening, entries, items),
  };
}

/** How an entry stands in a list. */
interface Items {
  lengthOf(entry: Entry): number;
  /** How much room writing it takes. */
  roomFor(entry: Entry): number;
  /** Returns where it ends. */
  write(entry: Entry, target: Buffer, at: number): number;
}

/** A chunk that is given back is filled again, while the processor still has it in its cache. */
function* chunksOf(opening: Buffer, entries: readonly Entry[], items: Items): Generator<Buffer, void, unknown> {
  const { roomFor, write } = items;
  let chunk = Buffer.allocUnsafeSlow(CHUNK);
  let at = opening.copy(chunk);
  let comma = false;
  for (const entry of entries) {
    const needed = roomFor(entry) + 1 + END.length;
    if (at + needed > chunk.length) {
      const isDone = (yield chunk.subarray(0, at)) === true;
      if (!isDone || needed > chunk.length) chunk = Buffer.allocUnsafeSlow(Math.max(CHUNK, needed));
      at = 0;
    }
    if (comma) chunk[at++] = COMMA;
    comma = true;
    at = write(entry, chunk, at);
  }
  yield chunk.subarray(0, at + END.copy(chunk, at));
}

/** Items of built-in lists carry neither kind nor apiVersion; most are copied right out of the bytes that are stored. */
function itemsOf(definition: ResourceDefinition): Items {
  const skipOf = (entry: Entry) => (definition.custom ? 1 : entry.typeLength);
  const itemOf = (entry: Entry) => itemBytes(jsonOf(entry, definition), definition);
  return {
    lengthOf: (entry) => (isStored(entry, definition) ? entry.wireSize - skipOf(entry) + 1 : itemOf(entry).length + 1),
    roomFor: (entry) => (isStored(entry, definition) ? entry.wireSize : itemOf(entry).length) + 1,
    write: (entry, target, at) => {
      target[at] = OPEN;
      if (isStored(entry, definition)) return entry.writeTo(target, at + 1, skipOf(entry));
      return at + 1 + itemOf(entry).copy(target, at + 1);
    },
  };
}

function itemBytes(json: Buffer, definition: ResourceDefinition): Buffer {
  const prefix = definition.custom ? BRACE : typePrefixOf(definition);
  return json.subarray(prefix.equals(json.subarray(0, prefix.length)) ? prefix.length : 1);
}

const OPEN = 0x7b;
const COMMA = 0x2c;
const BRACE = Buffer.from('{');
const END = Buffer.from(']}\n');
