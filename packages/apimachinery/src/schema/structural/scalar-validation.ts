/** What a structural schema says of numbers and text. */
import { type FieldError, invalid, tooLong, typeInvalid } from '../../field-error.ts';
import { fitsFormat } from './formats.ts';
import type { JsonSchema } from './json-schema.ts';
import { compilePattern, matchesPattern } from './pattern.ts';

/** Compiled patterns, by text: one table per schema. */
export type Patterns = Map<string, RegExp | undefined>;

export const inBody = (path: string): string => `${path === '' ? '""' : path} in body`;
export const fault = (path: string, value: unknown, text: string): FieldError =>
  invalid(path, value, `${inBody(path)} ${text}`);

export function validateNumber(value: number, schema: JsonSchema, path: string): FieldError[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const errors: FieldError[] = [];
  if (minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum))
    errors.push(fault(path, value, `should be greater than ${exclusiveMinimum ? '' : 'or equal to '}${minimum}`));
  if (maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum))
    errors.push(fault(path, value, `should be less than ${exclusiveMaximum ? '' : 'or equal to '}${maximum}`));
  if (multipleOf !== undefined && !isMultipleOf(value, multipleOf))
    errors.push(fault(path, value, `should be a multiple of ${multipleOf}`));
  return errors;
}

/** In doubles, 0.3 is no exact multiple of 0.1. */
function isMultipleOf(value: number, factor: number): boolean {
  const times = value / factor;
  return Math.abs(times - Math.round(times)) < 1e-9 * Math.max(1, Math.abs(times));
}

export function validateText(
  value: string,
  schema: JsonSchema,
  { path, patterns }: { path: string; patterns: Patterns },
): FieldError[] {
  const { format } = schema;
  const first = firstFault(value, schema, { path, patterns });
  const errors = first ? [first] : [];
  if (format !== undefined && !fitsFormat(format, value))
    errors.push(typeInvalid(path, value, `${inBody(path)} must be of type ${format}: ${JSON.stringify(value)}`));
  return errors;
}

/** Length, then pattern: what is too long or too short is not read. */
function firstFault(
  value: string,
  { minLength, maxLength, pattern }: JsonSchema,
  { path, patterns }: { path: string; patterns: Patterns },
): FieldError | undefined {
  // code points, as Go counts runes
  const length = minLength === undefined && maxLength === undefined ? 0 : Array.from(value).length;
  if (maxLength !== undefined && length > maxLength) return tooLong(path, maxLength);
  if (minLength !== undefined && length < minLength)
    return fault(path, value, `should be at least ${minLength} chars long`);
  if (pattern === undefined) return undefined;
  const compiled = patterns.get(pattern) ?? compilePattern(pattern);
  patterns.set(pattern, compiled);
  return compiled && !matchesPattern(compiled, value) ? fault(path, value, `should match '${pattern}'`) : undefined;
}
