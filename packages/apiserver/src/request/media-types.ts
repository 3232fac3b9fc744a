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
  /** The transform as clients of old know it: meta.k8s.io/v1beta1. */
  beta?: true;
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
  /** Custom resources and Tables have no protobuf; metadata alone has, whose ever it is. */
  protobuf: boolean;
  transforms: ReadonlySet<string>;
  /** Watches are JSON or protobuf frames. */
  watch?: boolean;
  list?: boolean;
}

export const NO_TRANSFORMS: ReadonlySet<string> = new Set();

/** The first clause of Accept that we can serve; throws NotAcceptable. */
export function negotiate(accept: string | undefined, offer: Offer): MediaType {
  if (!accept || accept === '*/*' || accept === 'application/json') return { encoding: 'json', pretty: false };
  const clauses = parseAccept(accept);
  const fitting = clauses.filter((clause) => fits(clause, offer));
  const media = fitting.map(mediaTypeOfClause).find(({ encoding }) => !offer.watch || encoding !== 'yaml');
  if (media) return media;
  throw notAcceptable(offer, { known: clauses.some(({ type }) => type in ENCODINGS), streamless: fitting.length > 0 });
}

function fits({ type, parameters }: Clause, { transforms, protobuf }: Offer): boolean {
  const encoding = ENCODINGS[type];
  const as = parameters.get('as');
  const isPlain = as === undefined || (as !== 'Table' && parameters.get('v') === 'v1');
  const isMetadata = as !== undefined && as !== 'Table';
  if (!encoding || (encoding === 'protobuf' && !((protobuf || isMetadata) && isPlain))) return false;
  return as === undefined || (transforms.has(as) && isOfMeta(parameters, as));
}

function mediaTypeOfClause({ type, parameters }: Clause): MediaType {
  const as = parameters.get('as') as Transform | undefined;
  const beta = as && parameters.get('v') === 'v1beta1';
  return {
    encoding: ENCODINGS[type] ?? 'json',
    pretty: parameters.get('pretty') === '1',
    ...(as && { as }),
    ...(beta && { beta }),
  };
}

/** `known`: the client names an encoding of ours. `streamless`: it takes one, but not in frames. */
function notAcceptable(
  { watch, list }: Offer,
  { known, streamless }: { known: boolean; streamless: boolean },
): NotAcceptable {
  const streams = [CONTENT_TYPES.json, CONTENT_TYPES.protobuf].map((type) => `${type};stream=watch`);
  const whole = [CONTENT_TYPES.json, CONTENT_TYPES.yaml, CONTENT_TYPES.protobuf];
  if (!known) {
    const all = [...whole, ...(watch || list ? streams : [])].join(', ');
    return new NotAcceptable(`406: Not Acceptable\n\nAvailable representations: ${all}`, { details: {} });
  }
  return new NotAcceptable(`only the following media types are accepted: ${(streamless ? streams : whole).join(', ')}`);
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

const VERSIONS = new Set(['v1', 'v1beta1']);

const isOfMeta = (parameters: Clause['parameters'], as: string): boolean =>
  TRANSFORMS.has(as) && parameters.get('g') === 'meta.k8s.io' && VERSIONS.has(parameters.get('v') ?? '');
