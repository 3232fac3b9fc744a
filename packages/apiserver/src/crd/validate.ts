/** A value against a structural schema, in the words of Kubernetes' own validation. Pure. */
import {
  type FieldError,
  duplicate,
  invalid,
  notSupported,
  required,
  stringifyJson,
  tooLong,
  tooMany,
} from '@mkube/apimachinery';
import { isDeepStrictEqual } from 'node:util';
import { matchesFormat } from './formats.ts';
import { type JsonSchema, getOwn, isObject, propertyOf } from './json-schema.ts';

const MAX_ERRORS = 100;

export function validateValue(value: unknown, schema: JsonSchema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  check(value, schema, path, errors);
  return errors;
}

function check(value: unknown, schema: JsonSchema, path: string, errors: FieldError[]): void {
  if (errors.length >= MAX_ERRORS) return;
  if (value === null && schema.nullable) return;
  if (!hasType(value, schema)) return void errors.push(wrongType(value, expectedType(schema), path));
  if (schema.enum && !schema.enum.some((allowed) => isDeepStrictEqual(allowed, value)))
    errors.push(
      notSupported(
        path,
        value,
        schema.enum.map((v) => (typeof v === 'string' ? v : stringifyJson(v))),
      ),
    );
  if (typeof value === 'string') checkString(value, schema, path, errors);
  else if (typeof value === 'number' || typeof value === 'bigint') checkNumber(value, schema, path, errors);
  else if (Array.isArray(value)) checkList(value, schema, path, errors);
  else if (isObject(value)) checkObject(value, schema, path, errors);
  checkCombined(value, schema, path, errors);
}

const typeOf = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'bigint') return 'integer';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
};

function hasType(value: unknown, schema: JsonSchema): boolean {
  const actual = typeOf(value);
  if (schema['x-kubernetes-int-or-string']) return actual === 'integer' || actual === 'string';
  if (!schema.type) return true;
  return actual === schema.type || (schema.type === 'number' && actual === 'integer');
}

const expectedType = (schema: JsonSchema): string =>
  schema['x-kubernetes-int-or-string'] ? 'integer,string' : (schema.type ?? '');

function wrongType(value: unknown, expected: string, path: string): FieldError {
  const actual = typeOf(value);
  return {
    type: 'FieldValueInvalid',
    field: path,
    message: `Invalid value: ${JSON.stringify(actual)}: ${path} in body must be of type ${expected}: ${JSON.stringify(actual)}`,
  };
}

const shown = (value: unknown): unknown => (typeof value === 'bigint' ? Number(value) : value);
const wrong = (path: string, value: unknown, why: string): FieldError =>
  invalid(path, shown(value), `${path} in body ${why}`);

function checkString(value: string, schema: JsonSchema, path: string, errors: FieldError[]): void {
  const length = schema.minLength === undefined && schema.maxLength === undefined ? 0 : Array.from(value).length;
  if (schema.maxLength !== undefined && length > schema.maxLength) errors.push(tooLong(path, schema.maxLength));
  if (schema.minLength !== undefined && length < schema.minLength)
    errors.push(wrong(path, value, `should be at least ${schema.minLength} chars long`));
  if (schema.pattern !== undefined && value.length <= 65_536 && !matches(schema.pattern, value))
    errors.push(wrong(path, value, `should match '${schema.pattern}'`));
  if (schema.format && !schema['x-kubernetes-int-or-string'] && !matchesFormat(schema.format, value))
    errors.push(wrong(path, value, `must be of type ${schema.format}: ${JSON.stringify(value)}`));
}

function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(value);
  } catch {
    return true;
  }
}

function checkNumber(given: number | bigint, schema: JsonSchema, path: string, errors: FieldError[]): void {
  const value = Number(given);
  const { minimum, maximum, multipleOf } = schema;
  if (minimum !== undefined && (schema.exclusiveMinimum ? value <= minimum : value < minimum))
    errors.push(
      wrong(
        path,
        given,
        schema.exclusiveMinimum ? `should be greater than ${minimum}` : `should be greater than or equal to ${minimum}`,
      ),
    );
  if (maximum !== undefined && (schema.exclusiveMaximum ? value >= maximum : value > maximum))
    errors.push(
      wrong(
        path,
        given,
        schema.exclusiveMaximum ? `should be less than ${maximum}` : `should be less than or equal to ${maximum}`,
      ),
    );
  if (multipleOf && !Number.isInteger(value / multipleOf))
    errors.push(wrong(path, given, `should be a multiple of ${multipleOf}`));
  if (schema.format === 'int32' && (value < -(2 ** 31) || value > 2 ** 31 - 1))
    errors.push(wrong(path, given, `must be of type int32: ${JSON.stringify(typeOf(given))}`));
}

function checkList(list: unknown[], schema: JsonSchema, path: string, errors: FieldError[]): void {
  if (schema.maxItems !== undefined && list.length > schema.maxItems)
    errors.push(tooMany(path, list.length, schema.maxItems));
  if (schema.minItems !== undefined && list.length < schema.minItems)
    errors.push(wrong(path, list.length, `should have at least ${schema.minItems} items`));
  if (schema.items) for (const [i, item] of list.entries()) check(item, schema.items, `${path}[${i}]`, errors);
  checkRepeated(list, schema, path, errors);
}

function checkRepeated(list: unknown[], schema: JsonSchema, path: string, errors: FieldError[]): void {
  const listType = schema['x-kubernetes-list-type'];
  if (listType !== 'set' && listType !== 'map') return;
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const seen = new Set<string>();
  for (const [i, item] of list.entries()) {
    const identity =
      listType === 'set'
        ? item
        : isObject(item)
          ? Object.fromEntries(keys.map((key) => [key, getOwn(item, key)]))
          : item;
    const text = stringifyJson(sortedKeys(identity));
    if (seen.has(text)) errors.push(duplicate(`${path}[${i}]`, identity));
    seen.add(text);
  }
}

const sortedKeys = (value: unknown): unknown =>
  isObject(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    : typeof value === 'bigint'
      ? String(value)
      : value;

function checkObject(object: Record<string, unknown>, schema: JsonSchema, path: string, errors: FieldError[]): void {
  const count = Object.keys(object).length;
  if (schema.maxProperties !== undefined && count > schema.maxProperties)
    errors.push(tooMany(path, count, schema.maxProperties));
  if (schema.minProperties !== undefined && count < schema.minProperties)
    errors.push(wrong(path, count, `should have at least ${schema.minProperties} properties`));
  for (const name of schema.required ?? [])
    if (!Object.hasOwn(object, name)) errors.push(required(path ? `${path}.${name}` : name));
  for (const [name, value] of Object.entries(object)) {
    const property = propertyOf(schema, name);
    const isNamed = schema.properties !== undefined && Object.hasOwn(schema.properties, name);
    const where = isNamed ? (path ? `${path}.${name}` : name) : `${path}.${name}`;
    if (property) check(value, property, where, errors);
  }
  if (schema['x-kubernetes-embedded-resource']) checkEmbedded(object, path, errors);
}

function checkEmbedded(object: Record<string, unknown>, path: string, errors: FieldError[]): void {
  for (const name of ['apiVersion', 'kind'] as const) {
    const value = getOwn(object, name);
    if (value === undefined || value === '') errors.push(required(`${path}.${name}`, 'must not be empty'));
  }
}

function checkCombined(value: unknown, schema: JsonSchema, path: string, errors: FieldError[]): void {
  const isValid = (of: JsonSchema): boolean => validateValue(value, of, path).length === 0;
  const where = path || '<nil>';
  if (schema.allOf) for (const of of schema.allOf) check(value, of, path, errors);
  if (schema.anyOf?.length && !schema.anyOf.some(isValid))
    errors.push(wrong(where, value, 'must validate at least one schema (anyOf)'));
  if (schema.oneOf?.length) {
    const valid = schema.oneOf.filter(isValid).length;
    if (valid !== 1)
      errors.push(
        wrong(
          where,
          value,
          `must validate one and only one schema (oneOf). ${valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`}`,
        ),
      );
  }
  if (schema.not && isValid(schema.not)) errors.push(wrong(where, value, 'must not validate the schema (not)'));
}
