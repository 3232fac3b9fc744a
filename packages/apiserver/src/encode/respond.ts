/**
 * Responses: an object, an entry or a Status as the media type that was negotiated. Bytes that an entry has already are
 * sent as they are.
 */
import { type KubernetesObject, type ResourceDefinition, stringifyJson, stringifyYaml } from '@mkube/apimachinery';
import { CONTENT_TYPES, type MediaType } from '../request/media-types.ts';
import type { Later } from '../request/later.ts';
import type { ApiRequest, ApiResponse } from '../request/request.ts';
import { header } from '../request/request.ts';
import type { Entry } from '../storage/entry.ts';
import { inBeta, partialOf } from './partial.ts';
import { type Tabular, parseIncludeObject, rowOf, tableOf } from './table.ts';
import { encodeProtobufOf } from './protobuf.ts';
import { objectOf, jsonOf } from './views.ts';

export interface Rendering {
  request: ApiRequest;
  definition: ResourceDefinition;
  media: MediaType;
  /** For ages in tables. */
  now: () => Date;
}

/** One object that is in the store. */
export function respondEntry(entry: Entry, status: number, rendering: Rendering): Later<ApiResponse> {
  const { media, definition, request } = rendering;
  if (media.encoding === 'json' && !media.as && !wantsPretty(request, media))
    return bytesResponse(status, CONTENT_TYPES.json, jsonOf(entry, definition));
  return respondObject(objectOf(entry, definition), status, rendering);
}

/** Any object, its transform applied. */
export async function respondObject(
  object: KubernetesObject,
  status: number,
  rendering: Omit<Rendering, 'definition'> & { definition: Tabular },
): Promise<ApiResponse> {
  const { request, definition, media, now } = rendering;
  switch (media.as) {
    case 'Table': {
      const include = parseIncludeObject(request.query);
      const row = rowOf(object, { definition, include, now: now() });
      const table = tableOf([row], { resourceVersion: object.metadata.resourceVersion }, definition);
      return respondRaw(table, status, request, media);
    }
    case 'PartialObjectMetadata':
      return respondRaw(partialOf(object), status, request, media);
    case 'PartialObjectMetadataList':
    case undefined:
      return respondRaw(object, status, request, media);
  }
}

/** What of a request says how its answer is written. */
export type RawOf = Pick<ApiRequest, 'headers' | 'query'>;

/** Any value as it is, in the media type's encoding. */
export function respondRaw(given: object, status: number, request: RawOf, media: MediaType): Later<ApiResponse> {
  const value = media.beta ? inBeta(given) : given;
  switch (media.encoding) {
    case 'json':
      return jsonResponse(status, value, wantsPretty(request, media));
    case 'yaml':
      return stringifyYaml(value).then((text) => bytesResponse(status, CONTENT_TYPES.yaml, Buffer.from(text)));
    case 'protobuf':
      return bytesResponse(status, CONTENT_TYPES.protobuf, encodeProtobufOf(value as KubernetesObject));
  }
}

export const jsonResponse = (status: number, value: unknown, pretty = false): ApiResponse =>
  bytesResponse(
    status,
    CONTENT_TYPES.json,
    Buffer.from(pretty ? `${stringifyJson(value, 2)}\n` : stringifyJson(value)),
  );

export const bytesResponse = (status: number, contentType: string, body: Buffer): ApiResponse => ({
  status,
  headers: { 'content-type': contentType },
  body,
});

export const textResponse = (status: number, text: string): ApiResponse =>
  bytesResponse(status, 'text/plain; charset=utf-8', Buffer.from(text));

const BROWSERS = /^(curl|Wget|Mozilla\/5\.0)/;

export function wantsPretty(request: RawOf, media: MediaType): boolean {
  const asked = request.query.get('pretty');
  if (asked !== null) return asked !== 'false' && asked !== '0';
  return media.pretty || BROWSERS.test(header(request.headers, 'user-agent') ?? '');
}
