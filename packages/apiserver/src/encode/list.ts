/** Lists: the items' own bytes in chunks (built-in items without kind and apiVersion), or a Table, or metadata only. */
import type { KubernetesObject, ListMeta, ResourceDefinition } from '@mkube/apimachinery';
import type { Page } from '../handlers/page.ts';
import { CONTENT_TYPES } from '../request/media-types.ts';
import type { ApiResponse } from '../request/request.ts';
import { partialOf } from './partial.ts';
import { type Rendering, respondRaw, wantsPretty } from './respond.ts';
import { parseIncludeObject, rowOf, tableOf } from './table.ts';
import { gvOf, jsonPartsOf, objectOf, typePrefixOf } from './views.ts';

const CHUNK = 256 * 1024;

export async function listResponse(page: Page, rendering: Rendering): Promise<ApiResponse> {
  const { request, definition, media } = rendering;
  if ((media.as === undefined || media.as === 'PartialObjectMetadata') && media.encoding === 'json')
    if (!wantsPretty(request, media))
      return { status: 200, headers: { 'content-type': CONTENT_TYPES.json }, body: jsonChunks(page, definition) };
  const objects = page.entries.map((entry) => objectOf(entry, definition));
  return respondList(objects, listMetadata(page), rendering);
}

/** A list of any objects of a kind, stored or not. */
export async function respondList(
  objects: KubernetesObject[],
  metadata: Partial<ListMeta>,
  rendering: Rendering,
): Promise<ApiResponse> {
  const { request, definition, media, now } = rendering;
  switch (media.as) {
    case 'Table': {
      const include = parseIncludeObject(request.query);
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

function* jsonChunks(page: Page, definition: ResourceDefinition): Generator<Buffer> {
  const head = { kind: definition.listKind, apiVersion: gvOf(definition), metadata: listMetadata(page) };
  const prefix = definition.custom ? BRACE : typePrefixOf(definition);
  let parts: Buffer[] = [Buffer.from(`${JSON.stringify(head).slice(0, -1)},"items":[`)];
  let size = 0;
  for (const [i, entry] of page.entries.entries()) {
    const [head = BRACE, ...rest] = jsonPartsOf(entry, definition);
    const typed = prefix.equals(head.subarray(0, prefix.length));
    parts.push(i > 0 ? COMMA_BRACE : BRACE, head.subarray(typed ? prefix.length : 1), ...rest);
    for (const part of rest) size += part.length;
    size += head.length;
    if (size < CHUNK) continue;
    yield Buffer.concat(parts);
    parts = [];
    size = 0;
  }
  parts.push(END);
  yield Buffer.concat(parts);
}

const BRACE = Buffer.from('{');
const COMMA_BRACE = Buffer.from(',{');
const END = Buffer.from(']}\n');
