/**
 * Small checks that validations of meaning are put together from: each takes the field's path and its value, and returns
 * the faults in Kubernetes' words. What the facts alone decide (types, enums, required fields) is the schema's to check.
 */
import { isDeepStrictEqual } from 'node:util';
import {
  type FieldError,
  type IntOrString,
  checkDns1035Label,
  checkDns1123Label,
  checkDns1123Subdomain,
  checkPercent,
  checkPortName,
  checkPortNumber,
  checkQualifiedName,
  duplicate,
  invalid,
  notSupported,
  required,
} from '@mkube/apimachinery';

export const NON_NEGATIVE = 'must be greater than or equal to 0';
export const IMMUTABLE = 'field is immutable';

type Check = (value: string) => string[];

/** All faults of one format check, at one field. */
export function format(field: string, value: string, check: Check): FieldError[] {
  const faults = check(value);
  return faults.length === 0 ? [] : faults.map((fault) => invalid(field, value, fault));
}

export const dnsLabel = (field: string, value: string): FieldError[] => format(field, value, checkDns1123Label);
export const dnsSubdomain = (field: string, value: string): FieldError[] => format(field, value, checkDns1123Subdomain);
export const dns1035Label = (field: string, value: string): FieldError[] => format(field, value, checkDns1035Label);
export const qualifiedName = (field: string, value: string): FieldError[] => format(field, value, checkQualifiedName);

/** Required where empty, else the format. */
export const requiredName = (field: string, value: string | undefined, check: Check): FieldError[] =>
  value ? format(field, value, check) : [required(field)];

/** A pointer: an empty text is a value like any other. */
export const oneOf = (field: string, value: string | undefined, supported: readonly string[]): FieldError[] =>
  value === undefined || supported.includes(value) ? [] : [notSupported(field, value, supported)];

export const nonNegative = (field: string, value: number | undefined): FieldError[] =>
  value !== undefined && value < 0 ? [invalid(field, value, NON_NEGATIVE)] : [];

export const positive = (field: string, value: number | undefined): FieldError[] =>
  value !== undefined && value <= 0 ? [invalid(field, value, 'must be greater than 0')] : [];

export const inRange = (
  field: string,
  value: number | undefined,
  [min, max]: readonly [number, number],
): FieldError[] =>
  value !== undefined && (value < min || value > max)
    ? [invalid(field, value, `must be between ${min} and ${max}, inclusive`)]
    : [];

export const portNumber = (field: string, value: number): FieldError[] =>
  checkPortNumber(value).map((fault) => invalid(field, value, fault));

export const portNumberOrName = (field: string, value: IntOrString): FieldError[] =>
  typeof value === 'number' ? portNumber(field, value) : format(field, value, checkPortName);

/** A count of at least 0, or a percentage. */
export const countOrPercent = (field: string, value: IntOrString | undefined): FieldError[] => {
  if (value === undefined) return [];
  return typeof value === 'number' ? nonNegative(field, value) : format(field, value, checkPercent);
};

/** The number of a count or a percentage; 0 of what is neither. */
export const countOf = (value: IntOrString | undefined): number =>
  typeof value === 'number' ? value : Number(/^\d+(?=%?$)/.exec(value ?? '')?.[0] ?? 0);

export const notAbove100Percent = (field: string, value: IntOrString | undefined): FieldError[] =>
  typeof value === 'string' && /^[0-9]+%$/.test(value) && Number(value.slice(0, -1)) > 100
    ? [invalid(field, value, 'must not be greater than 100%')]
    : [];

export const sameValue = (a: unknown, b: unknown): boolean => a === b || isDeepStrictEqual(a, b);

export const immutable = (field: string, value: unknown, old: unknown): FieldError[] =>
  sameValue(value, old) ? [] : [invalid(field, value ?? null, IMMUTABLE)];

/** A duplicate per value that stands in the list before. */
export function duplicates<T>(
  items: readonly T[],
  at: (item: T, index: number) => { field: string; value: unknown } | undefined,
): FieldError[] {
  const seen = new Set<unknown>();
  return items.flatMap((item, i) => {
    const key = at(item, i);
    if (!key) return [];
    if (seen.has(key.value)) return [duplicate(key.field, key.value)];
    seen.add(key.value);
    return [];
  });
}

/** Faults of each item of a list, with its path. */
export const each = <T>(
  items: readonly T[] | undefined,
  field: string,
  validate: (item: T, field: string, index: number) => FieldError[],
): FieldError[] => {
  const faults: FieldError[] = [];
  for (let i = 0; items !== undefined && i < items.length; i++) {
    const found = validate(items[i] as T, `${field}[${i}]`, i);
    if (found.length > 0) faults.push(...found);
  }
  return faults;
};
