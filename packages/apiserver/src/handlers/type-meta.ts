/** apiVersion and kind of what a client sent, against those of the URL. A custom resource has to say them; other kinds may leave them out. */
import { currentVersionOf, typeNameOf } from '@mkube/api';
import { BadRequest, type StatusError, goKindOf, invalid, invalidObject } from '@mkube/apimachinery';
import { gvOf } from '../encode/views.ts';
import type { Expected } from './decode.ts';

/** It cannot be told what the value is meant to be. */
export class NoType extends BadRequest {}

const UNREAD = "couldn't get version/kind; json parse error: json: cannot unmarshal";
const HEAD = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

/**
 * A value as an object of the expected kind and version. `text`: as it was sent.
 * @throws NoType, or a StatusError for another type
 */
export function checkType(value: unknown, expected: Expected, text?: string): Record<string, unknown> {
  const given = objectOf(value);
  const kind = textOf(given, 'kind');
  const apiVersion = textOf(given, 'apiVersion');
  if (apiVersion.split('/').length > 2) throw new NoType(`unexpected GroupVersion string: ${apiVersion}`);
  if (expected.custom) {
    if (!kind) throw new NoType(`Object 'Kind' is missing in '${text ?? JSON.stringify(value)}'`);
    checkCustomType({ kind, apiVersion, name: nameOf(given) }, expected);
  } else {
    const known = kind || expected.kind;
    checkKnownType({ kind: known, apiVersion: currentVersionOf(apiVersion || gvOf(expected), known) }, expected);
  }
  return { ...given, kind: expected.kind, apiVersion: gvOf(expected) };
}

function objectOf(value: unknown): Record<string, unknown> {
  if ((typeof value !== 'object' && value !== undefined) || Array.isArray(value))
    throw new NoType(`${UNREAD} ${goKindOf(value)} into Go value of type ${HEAD}`);
  return (value ?? {}) as Record<string, unknown>;
}

function textOf(given: Record<string, unknown>, key: string): string {
  const value = given[key] ?? '';
  if (typeof value === 'string') return value;
  throw new NoType(`${UNREAD} ${goKindOf(value)} into Go struct field .${key} of type string`);
}

function nameOf({ metadata }: Record<string, unknown>): string {
  const { name } = (metadata ?? {}) as { name?: unknown };
  return typeof name === 'string' ? name : '';
}

interface TypeMeta {
  kind: string;
  apiVersion: string;
}

function checkCustomType(given: TypeMeta & { name: string }, expected: Expected): void {
  const wanted = gvOf(expected);
  if (given.apiVersion !== wanted)
    throw new BadRequest(
      `the API version in the data (${given.apiVersion}) does not match the expected API version (${wanted})`,
    );
  if (given.kind !== expected.kind) throw otherCustomType(given, expected);
}

/** As validation says it of an object that has become of another type. */
export function otherCustomType(given: TypeMeta & { name: string }, expected: Expected): StatusError {
  const { kind, apiVersion, name } = given;
  const wanted = gvOf(expected);
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  return invalidObject({ group, kind }, name, [
    ...(kind === expected.kind ? [] : [invalid('kind', kind, `must be ${expected.kind}`)]),
    ...(apiVersion === wanted ? [] : [invalid('apiVersion', apiVersion, `must be ${wanted}`)]),
  ]);
}

function checkKnownType({ kind, apiVersion }: TypeMeta, expected: Expected): void {
  if (kind === expected.kind && apiVersion === gvOf(expected)) return;
  const version = apiVersion.slice(apiVersion.indexOf('/') + 1);
  const why = typeNameOf(apiVersion, kind)
    ? `converting (${version}.${kind}) to (${expected.group.split('.', 1)[0] || 'core'}.${expected.kind}): unknown conversion`
    : `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/api/legacyscheme/scheme.go:30"`;
  throw new BadRequest(`${kind} in version ${JSON.stringify(version)} cannot be handled as a ${expected.kind}: ${why}`);
}
