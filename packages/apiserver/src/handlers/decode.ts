/**
 * A request body as an object of the kind that the URL expects: encoding, kind and version, schema, unknown and repeated
 * fields as fieldValidation says. Whatever is wrong with it is the client's BadRequest.
 */
import { BadRequest, stringifyJson } from '@mkube/apimachinery';
import type { KubernetesObject, Schema } from '@mkube/apimachinery';
import { type FieldValidation } from '../request/options.ts';
import { bodyEncoding } from '../request/media-types.ts';
import { type ApiRequest, header } from '../request/request.ts';
import type { Warnings } from '../request/warnings.ts';
import { parseBody } from '../encode/body.ts';
import type { KnownBodies } from './known-bodies.ts';

export interface Expected {
  group: string;
  version: string;
  kind: string;
  schema: Schema;
  custom: boolean;
}

export interface DecodeOptions {
  fieldValidation: FieldValidation;
  warnings: Warnings;
}

/** `known`: bodies that have come before, for a body that is defaulted and made an object of its own. */
export async function decodeBody(
  request: ApiRequest,
  expected: Expected,
  { known, ...options }: DecodeOptions & { known?: KnownBodies },
): Promise<KubernetesObject> {
  const encoding = bodyEncoding(header(request.headers, 'content-type'), { protobuf: !expected.custom });
  const { body } = request;
  if (!body || body.length === 0) throw new BadRequest('the body of the request is empty');
  const mayBeKnown = encoding === 'json' && !expected.custom;
  const found = mayBeKnown ? known?.find(body, expected.schema) : undefined;
  if (found) return found;
  const { value, duplicates } = await parseBody(body, encoding);
  const strictable = encoding !== 'protobuf';
  const { object, isClean } = decodeReported(value, expected, { ...options, duplicates, strictable });
  if (mayBeKnown && isClean) known?.note(body, expected.schema, object);
  return object;
}

/** The same for a value that did not come as the body: the outcome of a patch. */
export const decodeValue = (value: unknown, expected: Expected, options: ValueOptions): KubernetesObject =>
  decodeReported(value, expected, options).object;

interface ValueOptions extends DecodeOptions {
  duplicates: () => readonly string[];
  strictable: boolean;
}

/** `isClean`: it was looked for fields that are unknown or stand twice, and there are none. */
function decodeReported(
  value: unknown,
  expected: Expected,
  options: ValueOptions,
): { object: KubernetesObject; isClean: boolean } {
  const typed = checkType(value, expected);
  const { object, unknownFields } = expected.schema.decode(typed);
  const isClean = options.strictable && !report(options, expected, unknownFields);
  const { kind, apiVersion, metadata, ...rest } = object as unknown as KubernetesObject;
  return { object: { kind, apiVersion, metadata: metadata ?? {}, ...rest }, isClean };
}

/** A value as an object of the expected kind and version, which it may leave out but not contradict. */
export function checkType(value: unknown, expected: Expected): Record<string, unknown> {
  const apiVersion = expected.group ? `${expected.group}/${expected.version}` : expected.version;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new BadRequest(
      `couldn't get version/kind; json parse error: the body is not an object of kind ${expected.kind}`,
    );
  const given = value as Record<string, unknown>;
  const kind = given['kind'] ?? '';
  const version = given['apiVersion'] ?? '';
  if (version !== '' && version !== apiVersion)
    throw new BadRequest(
      `the API version in the data (${show(version)}) does not match the expected API version (${apiVersion})`,
    );
  if (kind !== '' && kind !== expected.kind)
    throw new BadRequest(
      `${show(kind)} in version ${JSON.stringify(expected.version)} cannot be handled as a ${expected.kind}: the kind in the data does not match the expected kind`,
    );
  return { ...given, kind: expected.kind, apiVersion };
}

const show = (value: unknown): string => (typeof value === 'string' ? value : stringifyJson(value));

/** Whether there may be something to report. */
function report(
  { fieldValidation, duplicates, warnings }: ValueOptions,
  { kind, version }: Expected,
  unknownFields: readonly string[],
): boolean {
  if (fieldValidation === 'Ignore') return true;
  const found = [
    ...unknownFields.map((field) => `unknown field "${field}"`),
    ...duplicates().map((field) => `duplicate field "${field}"`),
  ];
  if (found.length === 0) return false;
  if (fieldValidation === 'Warn') {
    warnings.add(...found);
    return true;
  }
  throw new BadRequest(
    `${kind} in version "${version}" cannot be handled as a ${kind}: strict decoding error: ${found.join(', ')}`,
  );
}
