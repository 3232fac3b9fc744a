/** Resources within a resource: their apiVersion, kind and metadata are judged as those of any other. */
import { type FieldError, invalid, required } from '../../field-error.ts';
import { checkDns1035Label } from '../../names.ts';
import { type JsonObject, getOwn, isJsonObject } from '../../own.ts';
import { type JsonSchema, isEmbedded, placesBelow } from './json-schema.ts';

/** Judges metadata that stands at `field`. */
export type ValidateMetadata = (metadata: JsonObject, field: string) => FieldError[];

export interface EmbeddedPlace {
  path: string;
  validateMetadata: ValidateMetadata | undefined;
}

export function validateEmbedded(value: unknown, schema: JsonSchema, place: EmbeddedPlace): FieldError[] {
  const errors = isEmbedded(schema) && isJsonObject(value) ? validateResource(value, place) : [];
  for (const [path, item, of] of placesBelow(value, schema, place.path))
    errors.push(...validateEmbedded(item, of, { ...place, path }));
  return errors;
}

function validateResource(value: JsonObject, { path, validateMetadata }: EmbeddedPlace): FieldError[] {
  const metadata = getOwn(value, 'metadata');
  return [
    ...['apiVersion', 'kind'].filter((key) => !Object.hasOwn(value, key)).map((key) => required(under(path, key))),
    ...validateTypeMeta(value, path),
    ...(isJsonObject(metadata) ? (validateMetadata?.(metadata, under(path, 'metadata')) ?? []) : []),
  ];
}

function validateTypeMeta(value: JsonObject, path: string): FieldError[] {
  const [apiVersion, kind] = [getOwn(value, 'apiVersion'), getOwn(value, 'kind')];
  const wrong = (key: string, of: unknown, text: string) => [invalid(under(path, key), of, text)];
  const ofVersion =
    apiVersion === ''
      ? wrong('apiVersion', '', 'must not be empty')
      : typeof apiVersion === 'string' && apiVersion.split('/').length > 2
        ? wrong('apiVersion', apiVersion, `unexpected GroupVersion string: ${apiVersion}`)
        : [];
  if (kind === '') return [...ofVersion, ...wrong('kind', '', 'must not be empty')];
  const faults = typeof kind === 'string' ? checkDns1035Label(kind.toLowerCase()) : [];
  if (typeof kind !== 'string' || faults.length === 0) return ofVersion;
  return [...ofVersion, ...wrong('kind', kind, `may have mixed case, but should otherwise match: ${faults.join(',')}`)];
}

const under = (path: string, key: string): string => (path ? `${path}.${key}` : key);
