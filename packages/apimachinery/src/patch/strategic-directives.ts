/** The directives of a strategic merge patch: what they are called, and how they are taken out of what a patch adds. */
import { stringifyJson } from '../codec/json.ts';
import { BadRequest } from '../errors.ts';
import { type JsonObject, isJsonObject } from '../own.ts';

export const PATCH = '$patch';
export const RETAIN_KEYS = '$retainKeys';
export const DELETE_FROM_LIST = '$deleteFromPrimitiveList/';
export const SET_ORDER = '$setElementOrder/';

export type PatchDirective = 'replace' | 'delete' | 'merge' | undefined;

export function directiveOf(patch: JsonObject): PatchDirective {
  if (!Object.hasOwn(patch, PATCH)) return undefined;
  const directive = patch[PATCH];
  if (directive === 'replace' || directive === 'delete' || directive === 'merge') return directive;
  throw new BadRequest(`unknown patch type: ${stringifyJson(directive)}`);
}

export const isDirective = (key: string): boolean =>
  key === PATCH || key === RETAIN_KEYS || key.startsWith(DELETE_FROM_LIST) || key.startsWith(SET_ORDER);

/** A value that nothing in the object meets: without directives, and without the nulls that would delete. */
export function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value))
    return value
      .filter((item) => !(isJsonObject(item) && (directiveOf(item) === 'delete' || isReplaceMark(item))))
      .map(withoutDirectives);
  if (!isJsonObject(value)) return value;
  if (directiveOf(value) === 'delete') return {};
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, item]) => !isDirective(key) && item !== null)
      .map(([key, item]) => [key, withoutDirectives(item)]),
  );
}

/** `{"$patch": "replace"}` among the elements of a list. */
export const isReplaceMark = (item: JsonObject): boolean => directiveOf(item) === 'replace';
