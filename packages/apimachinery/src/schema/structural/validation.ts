/**
 * The OpenAPI subset of a structural schema, judged on a pruned and defaulted object, in the words of Kubernetes. On an
 * update, what did not change is not judged again (ratcheting): a schema may become stricter over stored objects.
 */
import { type FieldError, invalid, notSupported, required, tooMany, typeInvalid } from '../../field-error.ts';
import { stringifyJson } from '../../codec/json.ts';
import { type JsonObject, getOwn, isJsonObject, jsonEquals } from '../../own.ts';
import { type JsonSchema, schemaOfItems, schemaOfKey } from './json-schema.ts';
import { identitiesOf } from './list-types.ts';
import { type Patterns, fault, inBody, validateNumber, validateText } from './scalar-validation.ts';

export interface ValidationContext {
  readonly patterns: Patterns;
}

export interface Place {
  path: string;
  context: ValidationContext;
  /** The same place of the stored object; undefined where there is none. */
  old?: unknown;
}

/** Types, ranges, formats; lists that tell their elements apart and embedded resources are judged elsewhere. */
export function validateStructural(value: unknown, schema: JsonSchema, place: Place): FieldError[] {
  if (place.old !== undefined && jsonEquals(value, place.old)) return [];
  const wrong = checkType(value, schema, place.path);
  if (wrong) return value === null ? [wrong] : [wrong, ...checkEnum(value, schema, place.path)];
  if (value === null) return [];
  return [...validateValue(value, schema, place), ...validateChildren(value, schema, place)];
}

function validateValue(value: unknown, schema: JsonSchema, { path, context }: Place): FieldError[] {
  const errors = validateLogic(value, schema, { path, context });
  if (typeof value === 'string') errors.push(...validateText(value, schema, { path, patterns: context.patterns }));
  if (typeof value === 'number' || typeof value === 'bigint')
    errors.push(...validateNumber(Number(value), schema, path));
  if (Array.isArray(value)) errors.push(...validateList(value, schema, path));
  errors.push(...checkEnum(value, schema, path));
  if (isJsonObject(value)) errors.push(...validateObject(value, schema, path));
  return errors;
}

function checkEnum(value: unknown, { enum: options }: JsonSchema, path: string): FieldError[] {
  if (!options || options.some((option) => jsonEquals(option, value))) return [];
  const supported = options.map((o) => (typeof o === 'string' ? o : stringifyJson(o)));
  return [notSupported(path, value, supported)];
}

const jsonTypeOf = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'bigint') return BigInt.asIntN(64, value) === value ? 'integer' : 'number';
  return Number.isSafeInteger(value) ? 'integer' : typeof value;
};

function checkType(value: unknown, schema: JsonSchema, path: string): FieldError | undefined {
  const actual = jsonTypeOf(value);
  if (value === null && schema.nullable) return undefined;
  if (schema['x-kubernetes-int-or-string'])
    return actual === 'integer' || actual === 'string' ? undefined : wrongType(path, 'integer,string', actual);
  const wanted = schema.type;
  if (!wanted || wanted === actual || (wanted === 'number' && actual === 'integer')) return undefined;
  return wrongType(path, wanted, actual);
}

const wrongType = (path: string, wanted: string, actual: string): FieldError =>
  typeInvalid(path, actual, `${inBody(path)} must be of type ${wanted}: ${JSON.stringify(actual)}`);

function validateList(value: readonly unknown[], schema: JsonSchema, path: string): FieldError[] {
  const { minItems, maxItems, uniqueItems } = schema;
  const errors: FieldError[] = [];
  if (maxItems !== undefined && value.length > maxItems) errors.push(tooMany(path, value.length, maxItems));
  if (minItems !== undefined && value.length < minItems)
    errors.push(fault(path, value.length, `should have at least ${minItems} items`));
  if (uniqueItems && new Set(value.map((item) => stringifyJson(item))).size < value.length)
    errors.push(fault(path, value, "shouldn't contain duplicates"));
  return errors;
}

function validateObject(value: JsonObject, schema: JsonSchema, path: string): FieldError[] {
  const count = countFault(value, schema, path);
  if (count) return [count];
  const { required: needed = [] } = schema;
  return needed.filter((key) => !Object.hasOwn(value, key)).map((key) => required(under(path, key)));
}

/** An object of too many or too few fields is judged no further. */
function countFault(value: JsonObject, schema: JsonSchema, path: string): FieldError | undefined {
  const { minProperties, maxProperties } = schema;
  const count = Object.keys(value).length;
  if (maxProperties !== undefined && count > maxProperties) return tooMany(path, count, maxProperties);
  return minProperties !== undefined && count < minProperties
    ? fault(path, count, `should have at least ${minProperties} properties`)
    : undefined;
}

/** Of what should have fitted, the first that did not says why. */
function validateLogic(value: unknown, schema: JsonSchema, place: Place): FieldError[] {
  const { allOf = [], anyOf = [], oneOf = [], not } = schema;
  const { path, context } = place;
  const errorsOf = (option: JsonSchema): FieldError[] => validateStructural(value, option, { path, context });
  const fits = (option: JsonSchema): boolean => errorsOf(option).length === 0;
  const errors: FieldError[] = [];
  const wrong = (text: string) => errors.push(invalid('<nil>', '', `${JSON.stringify(path)} ${text}`));
  if (anyOf.length > 0 && !anyOf.some(fits)) {
    wrong('must validate at least one schema (anyOf)');
    errors.push(...anyOf.slice(0, 1).flatMap(errorsOf));
  }
  const matching = oneOf.length > 0 ? oneOf.filter(fits).length : 1;
  if (matching !== 1) {
    const found = matching === 0 ? 'none valid' : `${matching} valid alternatives`;
    wrong(`must validate one and only one schema (oneOf). Found ${found}`);
    if (matching === 0) errors.push(...oneOf.slice(0, 1).flatMap(errorsOf));
  }
  const faults = allOf.map(errorsOf);
  errors.push(...faults.flat());
  const failed = faults.filter((of) => of.length > 0).length;
  if (failed > 0) wrong(`must validate all the schemas (allOf)${failed === allOf.length ? '. None validated' : ''}`);
  if (not && fits(not)) wrong('must not validate the schema (not)');
  return errors;
}

const under = (path: string, key: string): string => (path ? `${path}.${key}` : key);

function validateChildren(value: unknown, schema: JsonSchema, { path, context, old }: Place): FieldError[] {
  if (Array.isArray(value)) {
    const items = schemaOfItems(schema);
    if (!items) return [];
    const before = oldItems(value, old, schema);
    return value.flatMap((item, i) =>
      validateStructural(item, items, { path: `${path}[${i}]`, context, old: before[i] }),
    );
  }
  if (!isJsonObject(value) || countFault(value, schema, path)) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const of = schemaOfKey(schema, key);
    const before = isJsonObject(old) ? getOwn(old, key) : undefined;
    return of ? validateStructural(item, of, { path: under(path, key), context, old: before }) : [];
  });
}

/** Items are the same ones in lists that tell them apart; in atomic lists only a whole list can be unchanged. */
function oldItems(value: readonly unknown[], old: unknown, schema: JsonSchema): readonly unknown[] {
  const before: readonly unknown[] = Array.isArray(old) ? old : [];
  const byIdentity = new Map(identitiesOf(before, schema).map((identity, i) => [stringifyJson(identity), before[i]]));
  return byIdentity.size === 0
    ? []
    : identitiesOf(value, schema).map((identity) => byIdentity.get(stringifyJson(identity)));
}
