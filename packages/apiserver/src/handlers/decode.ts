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

export async function decodeBody(
  request: ApiRequest,
  expected: Expected,
  options: DecodeOptions,
): Promise<KubernetesObject> {
  const encoding = bodyEncoding(header(request.headers, 'content-type'), { protobuf: !expected.custom });
  if (!request.body || request.body.length === 0) throw new BadRequest('the body of the request is empty');
  const { value, duplicates } = await parseBody(request.body, encoding);
  return decodeValue(value, expected, { ...options, duplicates, strictable: encoding !== 'protobuf' });
}

/** The same for a value that did not come as the body: the outcome of a patch. */
export function decodeValue(
  value: unknown,
  expected: Expected,
  options: DecodeOptions & { duplicates: () => readonly string[]; strictable: boolean },
): KubernetesObject {
  const typed = checkType(value, expected);
  const { object, unknownFields } = expected.schema.decode(typed);
  if (options.strictable) report(options, expected, unknownFields);
  const { kind, apiVersion, metadata, ...rest } = object as unknown as KubernetesObject;
  return { kind, apiVersion, metadata: metadata ?? {}, ...rest };
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

function report(
  { fieldValidation, duplicates, warnings }: DecodeOptions & { duplicates: () => readonly string[] },
  { kind, version }: Expected,
  unknownFields: readonly string[],
): void {
  if (fieldValidation === 'Ignore') return;
  const found = [
    ...unknownFields.map((field) => `unknown field "${field}"`),
    ...duplicates().map((field) => `duplicate field "${field}"`),
  ];
  if (found.length === 0) return;
  if (fieldValidation === 'Warn') return warnings.add(...found);
  throw new BadRequest(
    `${kind} in version "${version}" cannot be handled as a ${kind}: strict decoding error: ${found.join(', ')}`,
  );
}
