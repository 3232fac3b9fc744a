/**
 * A request body as an object of the kind that the URL expects: encoding, kind and version, schema, unknown and repeated
 * fields as fieldValidation says. Whatever is wrong with it is the client's BadRequest.
 */
import { currentVersionOf, typeNameOf } from '@mkube/api';
import { BadRequest, goKindOf, unmarshalErrors } from '@mkube/apimachinery';
import type { KubernetesObject, Schema } from '@mkube/apimachinery';
import { type FieldValidation } from '../request/options.ts';
import { type Encoding, bodyEncoding } from '../request/media-types.ts';
import { type ApiRequest, header } from '../request/request.ts';
import type { Warnings } from '../request/warnings.ts';
import { type ParsedBody, parseBody } from '../encode/body.ts';
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
  if (!body?.length) throw unrecognized(expected, new BadRequest(EMPTY), NO_BODY);
  const mayBeKnown = encoding === 'json' && !expected.custom;
  const found = mayBeKnown ? known?.find(body, expected.schema) : undefined;
  if (found) return found;
  const { value, duplicates, isYaml } = await parsed(body, encoding, expected);
  const strictable = encoding !== 'protobuf';
  const { object, isClean } = decodeReported(value, expected, { ...options, duplicates, isYaml, strictable });
  if (mayBeKnown && isClean) known?.note(body, expected.schema, object);
  return object;
}

/** The same for a value that did not come as the body: the outcome of a patch. */
export const decodeValue = (value: unknown, expected: Expected, options: ValueOptions): KubernetesObject =>
  decodeReported(value, expected, options).object;

interface ValueOptions extends DecodeOptions {
  duplicates: () => readonly string[];
  isYaml?: boolean | undefined;
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

/** With the beginning of what could not be read. */
function unrecognized({ kind }: Expected, cause: BadRequest, body: Buffer): BadRequest {
  const beginning = body.toString(body[0] === OPEN ? 'utf8' : 'hex', 0, MOST_SHOWN);
  const shown = body.length === 0 ? '<empty>' : body.length > MOST_SHOWN ? `${beginning} ...` : beginning;
  const why = `${cause.message.startsWith('json parse error') ? "couldn't get version/kind; " : ''}${cause.message}`;
  return new BadRequest(`the object provided is unrecognized (must be of type ${kind}): ${why} (${shown})`, { cause });
}

const OPEN = '{'.charCodeAt(0);
const MOST_SHOWN = 30;

/** A value as an object of the expected kind and version, which it may leave out but not contradict. */
export function checkType(value: unknown, expected: Expected): Record<string, unknown> {
  const apiVersion = apiVersionOf(expected);
  if ((typeof value !== 'object' && value !== undefined) || Array.isArray(value))
    throw new BadRequest(
      `couldn't get version/kind; json parse error: json: cannot unmarshal ${goKindOf(value)} into Go value of type ${expected.kind}`,
    );
  const given = (value ?? {}) as Record<string, unknown>;
  const kind = textOf(given, 'kind') || expected.kind;
  const said = textOf(given, 'apiVersion') || apiVersion;
  const version = currentVersionOf(said, kind);
  if (kind !== expected.kind || version !== apiVersion) throw otherType(kind, version, expected);
  return { ...given, kind, apiVersion };
}

function textOf(given: Record<string, unknown>, key: string): string {
  const value = given[key] ?? '';
  if (typeof value === 'string') return value;
  throw new BadRequest(
    `couldn't get version/kind; json parse error: json: cannot unmarshal ${goKindOf(value)} into Go struct field .${key} of type string`,
  );
}

function otherType(kind: string, apiVersion: string, expected: Expected): BadRequest {
  const wanted = apiVersionOf(expected);
  if (apiVersion !== wanted && expected.custom)
    return new BadRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${wanted})`,
    );
  const version = apiVersion.slice(apiVersion.indexOf('/') + 1);
  const why = typeNameOf(apiVersion, kind)
    ? `converting (${version}.${kind}) to (${expected.group.split('.', 1)[0] || 'core'}.${expected.kind}): unknown conversion`
    : `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/api/legacyscheme/scheme.go:30"`;
  return new BadRequest(
    `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${expected.kind}: ${why}`,
  );
}

const apiVersionOf = ({ group, version }: Expected): string => (group ? `${group}/${version}` : version);

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
