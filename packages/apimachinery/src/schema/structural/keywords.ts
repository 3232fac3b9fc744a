/** The keywords of a CRD's schema, each by itself: which there are, what they may hold, and which go together. */
import { type FieldError, forbidden, invalid, notSupported, required } from '../../field-error.ts';
import { isJsonObject } from '../../own.ts';
import { type JsonSchema, type ValidationRule, schemaOfItems } from './json-schema.ts';

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const UNSUPPORTED = ['id', 'additionalItems', 'patternProperties', 'definitions', 'dependencies', '$ref'];
const REASONS = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];
const OF_RESOURCES = ['apiVersion', 'kind', 'metadata'];

export const checkKeywords = (schema: JsonSchema, field: string): FieldError[] => [
  ...OF_RESOURCES.filter((key) => schema.properties?.[key]?.default !== undefined).map((key) =>
    forbidden(`${field}.properties[${key}].default`, `must not be set in top-level ${key}`),
  ),
  ...checkNode(schema, field),
];

const checkNode = (schema: JsonSchema, field: string): FieldError[] => [
  ...checkSupported(schema, field),
  ...checkMapType(schema, field),
  ...checkListType(schema, field),
  ...(schema['x-kubernetes-list-type'] === 'map' ? checkMapKeys(schema, field) : []),
  ...checkListItems(schema, field),
  ...(schema['x-kubernetes-validations'] ?? []).flatMap((rule, i) =>
    checkRule(rule, `${field}.x-kubernetes-validations[${i}]`),
  ),
  ...below(schema, field).flatMap(([at, of]) => checkNode(of, at)),
];

function checkSupported(schema: JsonSchema, field: string): FieldError[] {
  const { type, properties = {}, additionalProperties: values } = schema;
  const faults: FieldError[] = [];
  if (type && !TYPES.includes(type)) faults.push(notSupported(`${field}.type`, type, TYPES));
  for (const key of UNSUPPORTED)
    if (key in schema) faults.push(forbidden(`${field}.${key}`, `${key} is not supported`));
  if (type === 'null')
    faults.push(forbidden(`${field}.type`, 'type cannot be set to null, use nullable as an alternative'));
  if (Array.isArray(schema.items))
    faults.push(forbidden(`${field}.items`, 'items must be a schema object and not an array'));
  if (schema.uniqueItems)
    faults.push(
      forbidden(
        `${field}.uniqueItems`,
        'uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
      ),
    );
  if (values !== undefined && values !== true && Object.keys(properties).length > 0)
    faults.push(forbidden(`${field}.additionalProperties`, 'additionalProperties and properties are mutual exclusive'));
  if (schema['x-kubernetes-preserve-unknown-fields'] === false)
    faults.push(invalid(`${field}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined'));
  return faults;
}

function checkMapType({ type, ...schema }: JsonSchema, field: string): FieldError[] {
  const mapType = schema['x-kubernetes-map-type'];
  if (mapType === undefined) return [];
  return [
    ...typeFor(type, { field, needs: 'object', by: 'x-kubernetes-map-type' }),
    ...oneOf(mapType, `${field}.x-kubernetes-map-type`, ['atomic', 'granular']),
  ];
}

function checkListType({ type, ...schema }: JsonSchema, field: string): FieldError[] {
  const listType = schema['x-kubernetes-list-type'];
  const hasKeys = (schema['x-kubernetes-list-map-keys'] ?? []).length > 0;
  const at = `${field}.x-kubernetes-list-type`;
  const needsMap = 'must be map if x-kubernetes-list-map-keys is non-empty';
  if (listType === undefined) return hasKeys ? [required(at, needsMap)] : [];
  return [
    ...typeFor(type, { field, needs: 'array', by: 'x-kubernetes-list-type' }),
    ...oneOf(listType, at, ['atomic', 'set', 'map']),
    ...(hasKeys && listType !== 'map' ? [invalid(at, listType, needsMap)] : []),
  ];
}

function typeFor(type: string | undefined, { field, needs, by }: Record<string, string>): FieldError[] {
  if (type === needs) return [];
  const text = `must be ${needs} if ${by} is specified`;
  return [type ? invalid(`${field}.type`, type, text) : required(`${field}.type`, text)];
}

const oneOf = (value: string, field: string, supported: string[]): FieldError[] =>
  supported.includes(value) ? [] : [notSupported(field, value, supported)];

function checkMapKeys(schema: JsonSchema, field: string): FieldError[] {
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const items = schemaOfItems(schema);
  const at = `${field}.x-kubernetes-list-map-keys`;
  const faults: FieldError[] = [];
  if (keys.length === 0) faults.push(required(at, 'must not be empty if x-kubernetes-list-type is map'));
  if (!items) return [...faults, required(`${field}.items`, 'must have a schema if x-kubernetes-list-type is map')];
  if (items.type !== 'object')
    return [
      ...faults,
      invalid(
        `${field}.items.type`,
        items.type ?? '',
        "must be object if parent array's x-kubernetes-list-type is map",
      ),
    ];
  for (const [i, key] of keys.entries()) {
    const of = items.properties?.[key];
    if (!of) faults.push(invalid(at, keys, 'entries must all be names of item properties'));
    else if (of.type === 'array' || of.type === 'object')
      faults.push(
        invalid(
          `${field}.items.properties[${key}].type`,
          items.type,
          "must be a scalar type if parent array's x-kubernetes-list-type is map",
        ),
      );
    if (keys.indexOf(key) < i) faults.push(invalid(at, keys, 'must not contain duplicate entries'));
  }
  return faults;
}

/** Items of sets and maps are told apart by their values: those must be there, and whole. */
function checkListItems(schema: JsonSchema, field: string): FieldError[] {
  const listType = schema['x-kubernetes-list-type'];
  const items = schemaOfItems(schema);
  if (!items || (listType !== 'set' && listType !== 'map')) return [];
  const at = `${field}.items`;
  const faults = items.nullable
    ? [forbidden(`${at}.nullable`, `cannot be nullable when x-kubernetes-list-type is ${listType}`)]
    : [];
  return [...faults, ...(listType === 'map' ? checkKeyValues(schema, items, at) : checkSetItems(schema, items, at))];
}

function checkSetItems({ type }: JsonSchema, items: JsonSchema, at: string): FieldError[] {
  const text = 'must be atomic as item of a list with x-kubernetes-list-type=set';
  const own = items['x-kubernetes-list-type'];
  if (type !== 'array') return [];
  if (items.type === 'array' && own !== undefined && own !== 'atomic')
    return [invalid(`${at}.x-kubernetes-list-type`, own, text)];
  return items.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic'
    ? [invalid(`${at}.x-kubernetes-map-type`, own ?? null, text)]
    : [];
}

function checkKeyValues(schema: JsonSchema, items: JsonSchema, at: string): FieldError[] {
  const said = 'this property is in x-kubernetes-list-map-keys, so it';
  return (schema['x-kubernetes-list-map-keys'] ?? []).flatMap((key) => {
    const of = items.properties?.[key];
    if (!of) return [];
    const isSet = items.required?.includes(key) === true || of.default !== undefined;
    const place = `${at}.properties[${key}]`;
    return [
      ...(isSet ? [] : [required(`${place}.default`, `${said} must have a default or be a required property`)]),
      ...(of.nullable ? [forbidden(`${place}.nullable`, `${said} cannot be nullable`)] : []),
    ];
  });
}

function checkRule({ rule, message = '', messageExpression, reason }: ValidationRule, at: string): FieldError[] {
  const faults: FieldError[] = [];
  const hasLines = (text: string): boolean => /[\r\n]/.test(text.trim());
  if (!rule?.trim()) faults.push(required(`${at}.rule`, 'rule is not specified'));
  else if (message && !message.trim()) faults.push(invalid(`${at}.message`, message, 'must be non-empty if specified'));
  else if (hasLines(message)) faults.push(invalid(`${at}.message`, message, 'must not contain line breaks'));
  else if (hasLines(rule) && !message.trim())
    faults.push(required(`${at}.message`, 'message must be specified if rule contains line breaks'));
  if (messageExpression && !messageExpression.trim())
    faults.push(required(`${at}.messageExpression`, 'messageExpression must be non-empty if specified'));
  if (reason !== undefined && !REASONS.includes(reason)) faults.push(notSupported(`${at}.reason`, reason, REASONS));
  return faults;
}

function below(schema: JsonSchema, field: string): [field: string, of: JsonSchema][] {
  const { properties = {}, additionalProperties: values, allOf = [], anyOf = [], oneOf: one = [], not } = schema;
  const items = schemaOfItems(schema);
  const list = (name: string, of: readonly JsonSchema[]): [string, JsonSchema][] =>
    of.map((s, i) => [`${field}.${name}[${i}]`, s]);
  return [
    ...(isJsonObject(values) ? [[`${field}.additionalProperties`, values] as [string, JsonSchema]] : []),
    ...Object.entries(properties).map(([key, of]): [string, JsonSchema] => [`${field}.properties[${key}]`, of]),
    ...(not ? [[`${field}.not`, not] as [string, JsonSchema]] : []),
    ...list('allOf', allOf),
    ...list('oneOf', one),
    ...list('anyOf', anyOf),
    ...(items ? [[`${field}.items`, items] as [string, JsonSchema]] : []),
  ];
}
