/** The forms that documents are served in, and which of them a request wants: JSON, or gnostic's protobuf. */
import { parseAccept } from '../request/media-types.ts';
import { type ApiRequest, header } from '../request/request.ts';
import type { Json } from './dialect.ts';

export interface Form {
  name: 'json' | 'protobuf';
  contentType: string;
  /** Tells the ETags of one document's forms apart. */
  mark: string;
  encode(document: Json): Promise<Buffer>;
}

const JSON_FORM: Form = {
  name: 'json',
  contentType: 'application/json',
  mark: '',
  encode: (document) => Promise.resolve(Buffer.from(JSON.stringify(document))),
};

const protobuf = (version: 2 | 3): Form => ({
  name: 'protobuf',
  contentType: `application/com.github.proto-openapi.spec.v${version}.v1.0+protobuf`,
  mark: '-PB',
  encode: async (document) =>
    version === 2
      ? (await import('./protobuf-v2.ts')).encodeV2(document)
      : (await import('./protobuf-v3.ts')).encodeV3(document),
});

/** undefined: none that the client takes. */
export function formOf(request: ApiRequest, version: 2 | 3): Form | undefined {
  const accept = header(request.headers, 'accept');
  if (!accept) return JSON_FORM;
  const proto = protobuf(version);
  // Asked for with an @, answered with a dot: a media type may not have the one.
  const asked = proto.contentType.replace('.v1.0', '@v1.0');
  for (const { type } of parseAccept(accept)) {
    if (type === 'application/json' || type === '*/*' || type === 'application/*') return JSON_FORM;
    if (type === asked || type === proto.contentType) return proto;
  }
  return undefined;
}
