/**
 * One fault of one field, worded as Kubernetes words it (apimachinery's field package). `formatFieldError` is the text
 * after 'is invalid: '; `causeOf` is the entry of Status.details.causes.
 */
export type FieldErrorType =
  | 'FieldValueInvalid'
  | 'FieldValueRequired'
  | 'FieldValueNotSupported'
  | 'FieldValueForbidden'
  | 'FieldValueDuplicate'
  | 'FieldValueNotFound'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'FieldValueTypeInvalid'
  | 'InternalError';

export interface FieldError {
  type: FieldErrorType;
  /** 'spec.containers[0].image' */
  field: string;
  /** The text after the path: 'Invalid value: -1: must be greater than or equal to 0'. */
  message: string;
}

const show = (value: unknown): string =>
  value === undefined ? 'null' : JSON.stringify(value, (_key, v: unknown) => (typeof v === 'bigint' ? Number(v) : v));
const withDetail = (head: string, detail: string): string => (detail ? `${head}: ${detail}` : head);

export const invalid = (field: string, value: unknown, detail: string): FieldError => ({
  type: 'FieldValueInvalid',
  field,
  message: withDetail(`Invalid value: ${show(value)}`, detail),
});
export const required = (field: string, detail = ''): FieldError => ({
  type: 'FieldValueRequired',
  field,
  message: withDetail('Required value', detail),
});
export const notSupported = (field: string, value: unknown, supported: readonly string[]): FieldError => ({
  type: 'FieldValueNotSupported',
  field,
  message: `Unsupported value: ${show(value)}: supported values: ${supported.map((s) => JSON.stringify(s)).join(', ')}`,
});
export const forbidden = (field: string, detail: string): FieldError => ({
  type: 'FieldValueForbidden',
  field,
  message: withDetail('Forbidden', detail),
});
export const duplicate = (field: string, value: unknown): FieldError => ({
  type: 'FieldValueDuplicate',
  field,
  message: `Duplicate value: ${show(value)}`,
});
export const notFoundValue = (field: string, value: unknown, detail = ''): FieldError => ({
  type: 'FieldValueNotFound',
  field,
  message: withDetail(`Not found: ${show(value)}`, detail),
});
export const tooLong = (field: string, maxBytes: number): FieldError => ({
  type: 'FieldValueTooLong',
  field,
  message: `Too long: may not be more than ${maxBytes} bytes`,
});
export const tooMany = (field: string, actual: number, max: number): FieldError => ({
  type: 'FieldValueTooMany',
  field,
  message: `Too many: ${actual}: must have at most ${max} ${max === 1 ? 'item' : 'items'}`,
});
export const typeInvalid = (field: string, value: unknown, detail: string): FieldError => ({
  type: 'FieldValueTypeInvalid',
  field,
  message: withDetail(`Invalid value: ${show(value)}`, detail),
});

export const formatFieldError = (error: FieldError): string => `${error.field}: ${error.message}`;

/** `check(ok, () => error)` inside a validate list. */
export const check = (ok: boolean, error: () => FieldError): FieldError[] => (ok ? [] : [error()]);
