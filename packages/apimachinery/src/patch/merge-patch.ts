/** JSON merge patch, RFC 7386: null deletes, objects merge, anything else replaces. Nothing given is changed. */
import { BadRequest } from '../errors.ts';
import { type JsonObject, getOwn, isJsonObject, setOwn } from '../own.ts';
import { goKindOf } from './patch-error.ts';

/** @throws BadRequest for what is no object: it would replace the whole */
export function applyMergePatchToObject(original: unknown, patch: unknown): unknown {
  if (patch === null) throw new BadRequest('Invalid JSON Patch');
  if (!isJsonObject(patch))
    throw new BadRequest(
      `error decoding patch: json: cannot unmarshal ${goKindOf(patch)} into Go value of type map[string]interface {}`,
    );
  return applyMergePatch(original, patch);
}

export function applyMergePatch(original: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const merged: JsonObject = isJsonObject(original) ? { ...original } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else setOwn(merged, key, applyMergePatch(getOwn(merged, key), value));
  }
  return merged;
}
