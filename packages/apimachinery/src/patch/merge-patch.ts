/** JSON merge patch, RFC 7386: null deletes, objects merge, anything else replaces. Nothing given is changed. */
import { type JsonObject, getOwn, isJsonObject, setOwn } from '../own.ts';

export function applyMergePatch(original: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const merged: JsonObject = isJsonObject(original) ? { ...original } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else setOwn(merged, key, applyMergePatch(getOwn(merged, key), value));
  }
  return merged;
}
