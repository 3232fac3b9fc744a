/**
 * How defaults are written: a rule per type, by OpenAPI name, applied wherever the type occurs, before its children's
 * rules. A rule gets a decoded object, in which an empty value of a field that is not a pointer counts as absent.
 */
import type { Input, TypeDefaults } from '@mkube/apimachinery';

export type Rules = Readonly<Record<string, TypeDefaults>>;

/** A rule over a type's own shape. */
export const rule =
  <T>(apply: (object: Input<T>) => Input<T>): TypeDefaults =>
  (object) =>
    apply(object as Input<T>) as typeof object;

/** The object with the absent fields set; the same object where none is absent. */
export function withMissing<T extends object>(object: T, defaults: Partial<T>): T {
  let out: T | undefined;
  for (const key in defaults)
    if (isMissing(object[key], defaults[key])) (out ??= { ...object })[key] = defaults[key] as T[typeof key];
  return out ?? object;
}

/** The same for pointers: an empty text is a value, and stays. */
export function withAbsent<T extends object>(object: T, defaults: Partial<T>): T {
  let out: T | undefined;
  for (const key in defaults)
    if (object[key] === undefined) (out ??= { ...object })[key] = defaults[key] as T[typeof key];
  return out ?? object;
}

/** The list with every item changed; the same list where none is. */
export function changedEach<T>(list: T[] | undefined, change: (item: T) => T): T[] | undefined {
  const changed = list?.map(change);
  return changed?.some((item, i) => item !== list?.[i]) ? changed : list;
}

/** An empty text is what a field that is no pointer decodes to when it is left out. */
const isMissing = (value: unknown, fallback: unknown): boolean =>
  value === undefined || (value === '' && fallback !== '');

/** A rule that sets absent fields and does nothing else. */
export const setMissing =
  (defaults: Readonly<Record<string, unknown>>): TypeDefaults =>
  (object) =>
    withMissing(object, defaults);

/** The same for pointers. */
export const setAbsent =
  (defaults: Readonly<Record<string, unknown>>): TypeDefaults =>
  (object) =>
    withAbsent(object, defaults);

/** The same for counts that are no pointers: 0 is what they decode to when they are left out. */
export const setZero =
  (defaults: Readonly<Record<string, number>>): TypeDefaults =>
  (object) => {
    const zero = Object.entries(defaults).filter(([key]) => !object[key]);
    return zero.length > 0 ? { ...object, ...Object.fromEntries(zero) } : object;
  };
