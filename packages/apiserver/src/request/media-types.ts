/**
 * Content negotiation: which of the encodings that an endpoint can give the client takes first. Pure.
 * Clauses that name a transform we do not have are skipped, never refused while a later clause fits.
 */
import { NotAcceptable, UnsupportedMediaType } from '@mkube/apimachinery';

export type Encoding = 'json' | 'yaml' | 'protobuf';
export type Transform = 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';

export interface MediaType {
  encoding: Encoding;
  as?: Transform;
  pretty: boolean;
}

interface Clause {
  type: string;
  parameters: Map<string, string>;
  q: number;
}

const ENCODINGS: Record<string, Encoding> = {
  'application/json': 'json',
  'application/yaml': 'yaml',
  'application/vnd.kubernetes.protobuf': 'protobuf',
  'application/*': 'json',
  '*/*': 'json',
};
export const CONTENT_TYPES: Record<Encoding, string> = {
  json: 'application/json',
  yaml: 'application/yaml',
  protobuf: 'application/vnd.kubernetes.protobuf',
};
const TRANSFORMS = new Set(['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList']);

export interface Offer {
  /** Custom resources and Tables have no protobuf. */
  protobuf: boolean;
  transforms: ReadonlySet<string>;
  /** Watches are JSON or protobuf frames. */
  watch?: boolean;
}

export const NO_TRANSFORMS: ReadonlySet<string> = new Set();

/** The first clause of Accept that we can serve; throws NotAcceptable. */
export function negotiate(accept: string | undefined, offer: Offer): MediaType {
  if (!accept || accept === '*/*' || accept === 'application/json') return { encoding: 'json', pretty: false };
  for (const clause of parseAccept(accept)) {
    const encoding = ENCODINGS[clause.type];
    if (!encoding) continue;
    const as = clause.parameters.get('as');
    if (as !== undefined && !(offer.transforms.has(as) && isMetaV1(clause, as))) continue;
    if (encoding === 'protobuf' && (!offer.protobuf || as === 'Table')) continue;
    if (encoding === 'yaml' && offer.watch) continue;
    const pretty = clause.parameters.get('pretty') === '1';
    return { encoding, pretty, ...(as && { as: as as Transform }) };
  }
  const list = ['application/json', 'application/yaml', ...(offer.protobuf ? [CONTENT_TYPES.protobuf] : [])];
  const streams = [
    'application/json;stream=watch',
    ...(offer.protobuf ? [`${CONTENT_TYPES.protobuf};stream=watch`] : []),
  ];
  throw new NotAcceptable(
    `only the following media types are accepted: ${[...list, ...(offer.watch ? streams : [])].join(', ')}`,
  );
}

/** The encoding of a request's body; nothing said means JSON. */
export function bodyEncoding(contentType: string | undefined, options: { protobuf: boolean }): Encoding {
  const type = mediaTypeOf(contentType);
  const encoding = type === '' ? 'json' : type.includes('*') ? undefined : ENCODINGS[type];
  if (encoding && (encoding !== 'protobuf' || options.protobuf)) return encoding;
  const list = ['application/json', 'application/yaml', ...(options.protobuf ? [CONTENT_TYPES.protobuf] : [])];
  throw unsupportedMediaType(list);
}

export const unsupportedMediaType = (accepted: readonly string[]): UnsupportedMediaType =>
  new UnsupportedMediaType(
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  );

/** 'application/json' of 'application/json; charset=utf-8'. */
export const mediaTypeOf = (contentType: string | undefined): string =>
  (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

/** Clauses in order of preference. */
export function parseAccept(accept: string): Clause[] {
  const clauses = accept.split(',').map((text): Clause => {
    const [type = '', ...rest] = text.split(';').map((part) => part.trim());
    const parameters = new Map<string, string>();
    for (const part of rest) {
      const eq = part.indexOf('=');
      if (eq > 0)
        parameters.set(
          part.slice(0, eq).trim().toLowerCase(),
          part
            .slice(eq + 1)
            .replaceAll('"', '')
            .trim(),
        );
    }
    const q = Number(parameters.get('q') ?? '1');
    return { type: type.toLowerCase(), parameters, q: Number.isFinite(q) ? q : 0 };
  });
  return clauses.filter((c) => c.type !== '' && c.q > 0).toSorted((a, b) => b.q - a.q);
}

const isMetaV1 = ({ parameters }: Clause, as: string): boolean =>
  TRANSFORMS.has(as) && parameters.get('g') === 'meta.k8s.io' && parameters.get('v') === 'v1';
