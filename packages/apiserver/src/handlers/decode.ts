/**
 * A request body as an object of the kind that the URL expects: encoding, kind and version, schema, unknown and repeated
 * fields as fieldValidation says. Whatever is wrong with it is the client's BadRequest.
 */
import { BadRequest, unmarshalErrors } from '@mkube/apimachinery';
import type { KubernetesObject, Schema } from '@mkube/apimachinery';
import { type FieldValidation } from '../request/options.ts';
import { type Encoding, bodyEncoding } from '../request/media-types.ts';
import { type ApiRequest, header } from '../request/request.ts';
import type { Warnings } from '../request/warnings.ts';
import { type ParsedBody, parseBody } from '../encode/body.ts';
import type { KnownBodies } from './known-bodies.ts';
import { NoType, checkType } from './type-meta.ts';

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
  if (!body?.length) throw unrecognized(expected, new BadRequest(EMPTY), NO_BODY);
  const mayBeKnown = encoding === 'json' && !expected.custom;
  const found = mayBeKnown ? known?.find(body, expected.schema) : undefined;
  if (found) return found;
  const { value, duplicates, isYaml } = await parsed(body, encoding, expected);
  const strictable = encoding !== 'protobuf';
  const typed = recognized(value, body, expected);
  const { object, isClean } = decodeReported(typed, expected, { ...options, duplicates, isYaml, strictable });
  if (mayBeKnown && isClean) known?.note(body, expected.schema, object);
  return object;
}

/** The same for a value that did not come as the body: the outcome of a patch. */
export const decodeValue = (value: unknown, expected: Expected, options: ValueOptions): KubernetesObject =>
  decodeReported(checkType(value, expected), expected, options).object;

interface ValueOptions extends DecodeOptions {
  duplicates: () => readonly string[];
  isYaml?: boolean | undefined;
  strictable: boolean;
}

/** `isClean`: it was looked for fields that are unknown or stand twice, and there are none. */
function decodeReported(
  typed: Record<string, unknown>,
  expected: Expected,
  options: ValueOptions,
): { object: KubernetesObject; isClean: boolean } {
  const { object, unknownFields } = expected.schema.decode(typed);
  const isClean = options.strictable && !report(options, expected, unknownFields);
  const { kind, apiVersion, metadata, ...rest } = withForgotten(object as unknown as KubernetesObject, typed, expected);
  return { object: { kind, apiVersion, metadata: metadata ?? {}, ...rest }, isClean };
}

/** An empty list of managers says that they are to be forgotten, where no list says nothing; of a custom resource, neither. */
export function withForgotten(
  object: KubernetesObject,
  given: Record<string, unknown>,
  { custom }: Expected,
): KubernetesObject {
  const { managedFields } = (given['metadata'] ?? {}) as { managedFields?: unknown };
  if (custom || !Array.isArray(managedFields) || managedFields.length > 0) return object;
  return { ...object, metadata: { ...object.metadata, managedFields: [] } };
}

const NO_BODY = Buffer.alloc(0);
const EMPTY = "couldn't get version/kind; json parse error: unexpected end of JSON input";

async function parsed(body: Buffer, encoding: Encoding, expected: Expected): Promise<ParsedBody> {
  try {
    return await parseBody(body, encoding);
  } catch (error) {
    throw error instanceof BadRequest ? unrecognized(expected, error, body) : error;
  }
}

function recognized(value: unknown, body: Buffer, expected: Expected): Record<string, unknown> {
  try {
    return checkType(value, expected, body.toString());
  } catch (error) {
    throw error instanceof NoType ? unrecognized(expected, error, body) : error;
  }
}

/** With the beginning of what could not be read. */
function unrecognized({ kind }: Expected, cause: BadRequest, body: Buffer): BadRequest {
  const beginning = body.toString(body[0] === OPEN ? 'utf8' : 'hex', 0, MOST_SHOWN);
  const shown = body.length === 0 ? '<empty>' : body.length > MOST_SHOWN ? `${beginning} ...` : beginning;
  const why = `${cause.message.startsWith('json parse error') ? "couldn't get version/kind; " : ''}${cause.message}`;
  return new BadRequest(`the object provided is unrecognized (must be of type ${kind}): ${why} (${shown})`, { cause });
}

const OPEN = '{'.charCodeAt(0);
const MOST_SHOWN = 30;

/** Whether there may be something to report. */
function report(
  { fieldValidation, duplicates, isYaml, warnings }: ValueOptions,
  { kind, version }: Expected,
  unknownFields: readonly string[],
): boolean {
  if (fieldValidation === 'Ignore') return true;
  const unknown = unknownFields.map((field) => `unknown field "${field}"`);
  const twice = duplicates();
  const found = [...unknown, ...twice];
  if (found.length === 0) return false;
  if (fieldValidation === 'Warn') {
    warnings.add(...found);
    return true;
  }
  const faults = isYaml && twice.length > 0 ? [unmarshalErrors(twice), ...unknown] : found;
  throw new BadRequest(
    `${kind} in version "${version}" cannot be handled as a ${kind}: strict decoding error: ${faults.join(', ')}`,
  );
}
