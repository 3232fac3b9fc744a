/**
 * A patch of any type but apply: read once, applied to the object as often as races demand. The outcome is decoded like a
 * body, so that a patch can do nothing that an update could not.
 */
import {
  BadRequest,
  UnsupportedMediaType,
  applyJsonPatch,
  applyMergePatchToObject,
  applyStrategicMergePatch,
  findDuplicateFields,
  forbidden,
  invalid,
  invalidObject,
  isJsonObject,
  parseJson,
  stringifyJson,
} from '@mkube/apimachinery';
import type { JsonObject, KubernetesObject, Schema, StatusError } from '@mkube/apimachinery';
import type { ResourceContext } from '../context.ts';
import { mediaTypeOf, unsupportedMediaType } from '../request/media-types.ts';
import type { WriteOptions } from '../request/options.ts';
import { header } from '../request/request.ts';
import { type Expected, withForgotten } from './decode.ts';
import { checkType, otherCustomType } from './type-meta.ts';
import { gvOf } from '../encode/views.ts';
import { goText } from './go-text.ts';

export const APPLY = 'application/apply-patch+yaml';
const JSON_PATCH = 'application/json-patch+json';
const MERGE = 'application/merge-patch+json';
const STRATEGIC = 'application/strategic-merge-patch+json';

type Apply = (current: object, schema: Schema, patch: unknown) => unknown;

const APPLIERS: Readonly<Record<string, Apply>> = {
  [JSON_PATCH]: (current, _schema, patch) => applyJsonPatch(current, patch),
  [MERGE]: (current, _schema, patch) => applyMergePatchToObject(current, patch),
  [STRATEGIC]: (current, schema, patch) => applyStrategicMergePatch(schema, current, patch),
};

/** The patch's media type, when the kind takes it. */
export function patchTypeOf({ request, definition }: ResourceContext): string {
  const type = mediaTypeOf(header(request.headers, 'content-type'));
  const accepted = definition.custom ? [JSON_PATCH, MERGE, APPLY] : [JSON_PATCH, MERGE, STRATEGIC, APPLY];
  if (!accepted.includes(type)) throw definition.custom ? unsupportedMediaType(accepted) : unroutable();
  return type;
}

/** The types of built-in kinds are judged before anybody looks at the resource. */
const unroutable = () => new UnsupportedMediaType('415: Unsupported Media Type', { details: {} });

/** What makes the patched object out of the current one. */
export function createPatcher(
  { request, warnings }: ResourceContext,
  type: string,
  expected: Expected,
  { fieldValidation, force }: WriteOptions,
): (current: object) => KubernetesObject {
  if (force !== undefined)
    throw invalidObject({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [
      forbidden('force', 'may not be specified for non-apply patch'),
    ]);
  const body = request.body ?? Buffer.alloc(0);
  const patch = readPatch(body);
  const apply = APPLIERS[type];
  if (!apply) throw unsupportedMediaType(Object.keys(APPLIERS));
  const report = (found: string[], text: string): void => {
    if (found.length === 0 || fieldValidation === 'Ignore') return;
    if (fieldValidation === 'Warn') return warnings.add(...found);
    throw refusal(text, `strict decoding error: ${found.join(', ')}`);
  };
  const duplicates = fieldValidation === 'Ignore' ? [] : findDuplicateFields(body, patch);
  const shown = body.toString('utf8', 0, MOST_SHOWN);
  report(
    duplicates.map((field) => `duplicate field "${field}"`),
    shown,
  );
  return (current) => {
    const patched = apply(current, expected.schema, patch);
    const text = () => (type === STRATEGIC ? goText(patch) : stringifyJson(inOrderOfPatch(patched, current)));
    const { object, unknownFields } = decodePatched(patched, expected, text);
    if (unknownFields.length > 0)
      report(
        unknownFields.map((field) => `unknown field "${field}"`),
        text(),
      );
    // a patch may leave nothing of the object: null, which decodes to an empty one
    return withForgotten(object as unknown as KubernetesObject, isJsonObject(patched) ? patched : {}, expected);
  };
}

const MOST_SHOWN = 4096;

const refusal = (text: string, detail: string): StatusError =>
  invalidObject({ group: '', kind: '' }, '', [invalid('patch', text, detail)]);

function decodePatched(patched: unknown, expected: Expected, text: () => string) {
  if (expected.custom && isJsonObject(patched)) checkStillCustom(patched, expected);
  try {
    return expected.schema.decode(checkType(patched, expected));
  } catch (error) {
    throw error instanceof BadRequest ? refusal(text(), error.message.replace(HANDLED, '')) : error;
  }
}

function checkStillCustom({ kind, apiVersion, metadata }: JsonObject, expected: Expected): void {
  if (typeof kind !== 'string' || typeof apiVersion !== 'string' || !kind) return;
  if (kind === expected.kind && apiVersion === gvOf(expected)) return;
  const { name } = (metadata ?? {}) as { name?: string };
  throw otherCustomType({ kind, apiVersion, name: name ?? '' }, expected);
}

/** What a patch went through has its fields in alphabetical order; the rest is as it was. */
function inOrderOfPatch(patched: unknown, current: unknown): unknown {
  if (patched === current || !isJsonObject(patched)) return patched;
  const before = isJsonObject(current) ? current : {};
  return Object.fromEntries(
    Object.keys(patched)
      .toSorted()
      .map((key) => [key, inOrderOfPatch(patched[key], before[key])]),
  );
}

/** What a decoder says before it says what is wrong. */
const HANDLED = /^\S+ in version "[^"]*" cannot be handled as a \S+: /;

function readPatch(body: Buffer): unknown {
  try {
    return parseJson(body);
  } catch (cause) {
    if (!(cause instanceof BadRequest)) throw cause;
    throw new BadRequest(`error decoding patch: ${cause.message.replace(/^json parse error: /, '')}`, { cause });
  }
}
