/**
 * Whether a schema is structural, which every CRD's must be: a type everywhere, nothing that cannot be pruned or defaulted
 * by. Errors are those of the CRD's own validation; `field` is where the schema stands.
 */
import { type FieldError, forbidden, invalid, required } from '../../field-error.ts';
import { isJsonObject } from '../../own.ts';
import { checkComplete } from './completeness.ts';
import { type JsonSchema, keepsUnknown, schemaOfItems } from './json-schema.ts';
import { checkKeywords } from './keywords.ts';
import { compilePattern } from './pattern.ts';
import { wholeValidationOf } from './whole-validation.ts';

const MAX_DEPTH = 200;
type Level = 'root' | 'item' | 'field';

const NO_TYPE: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
};

export function checkStructural(schema: JsonSchema, field: string): FieldError[] {
  const tooDeep = checkDepth(schema, field, 0);
  if (tooDeep.length > 0) return tooDeep;
  const faults = [...checkInvariants(schema, field, 'root'), ...checkComplete(schema, schema, [field, field])];
  return [
    ...checkRoot(schema, field),
    ...(faults.length > 0 ? faults : checkDefaults(schema, field)),
    ...checkKeywords(schema, field),
  ];
}

/** Nobody writes such schemas, and everything below walks them. */
function checkDepth(schema: unknown, field: string, depth: number): FieldError[] {
  if (depth > MAX_DEPTH * 2) return [forbidden(field, 'must not be nested so deeply')];
  if (typeof schema !== 'object' || schema === null) return [];
  for (const below of Object.values(schema)) {
    const found = checkDepth(below, field, depth + 1);
    if (found.length > 0) return found;
  }
  return [];
}

const checkRoot = ({ nullable }: JsonSchema, field: string): FieldError[] =>
  nullable ? [forbidden(`${field}.nullable`, 'nullable cannot be true at the root')] : [];

function checkInvariants(schema: JsonSchema, field: string, level: Level): FieldError[] {
  const items = schemaOfItems(schema);
  const { properties = {}, additionalProperties: values, type } = schema;
  const faults: FieldError[] = [];
  if (type === 'array' && schema.items === undefined) faults.push(required(`${field}.items`, 'must be specified'));
  if (items) faults.push(...checkInvariants(items, `${field}.items`, 'item'));
  for (const [key, of] of Object.entries(properties))
    faults.push(...checkInvariants(of, `${field}.properties[${key}]`, 'field'));
  if (values !== undefined && level === 'root')
    faults.push(forbidden(`${field}.additionalProperties`, 'must not be used at the root'));
  if (isJsonObject(values))
    faults.push(...checkInvariants(values as JsonSchema, `${field}.additionalProperties`, 'field'));
  return [
    ...faults,
    ...checkExtensions(schema, field),
    ...checkJudgements(schema, field),
    ...checkType(schema, field, level),
    ...checkMetadata(schema, field, level),
  ];
}

function checkExtensions(schema: JsonSchema, field: string): FieldError[] {
  if (!schema['x-kubernetes-int-or-string']) return [];
  const others = ['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'] as const;
  return others
    .filter((name) => schema[name])
    .map((name) => invalid(`${field}.${name}`, true, 'must be false if x-kubernetes-int-or-string is true'));
}

function checkType(schema: JsonSchema, field: string, level: Level): FieldError[] {
  const { type, properties = {}, additionalProperties } = schema;
  const isEmbedded = schema['x-kubernetes-embedded-resource'] === true;
  const isFree = schema['x-kubernetes-int-or-string'] || schema['x-kubernetes-preserve-unknown-fields'];
  const faults: FieldError[] = [];
  if (isEmbedded && type !== 'object') faults.push(wrongType(field, type, 'x-kubernetes-embedded-resource is true'));
  else if (!type && !isFree) faults.push(required(`${field}.type`, NO_TYPE[level]));
  if (isEmbedded && additionalProperties !== undefined)
    faults.push(
      forbidden(`${field}.additionalProperties`, 'must not be used if x-kubernetes-embedded-resource is set'),
    );
  if (level === 'root' && type && type !== 'object')
    faults.push(invalid(`${field}.type`, type, 'must be object at the root'));
  if (isEmbedded && !keepsUnknown(schema) && Object.keys(properties).length === 0)
    faults.push(
      required(
        `${field}.properties`,
        'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields',
      ),
    );
  return faults;
}

function wrongType(field: string, type: string | undefined, when: string): FieldError {
  const text = `must be object if ${when}`;
  return type ? invalid(`${field}.type`, type, text) : required(`${field}.type`, text);
}

function checkMetadata({ properties = {}, ...schema }: JsonSchema, field: string, level: Level): FieldError[] {
  if (level !== 'root' && !schema['x-kubernetes-embedded-resource']) return [];
  const faults: FieldError[] = [];
  for (const [key, type] of [
    ['kind', 'string'],
    ['apiVersion', 'string'],
    ['metadata', 'object'],
  ] as const) {
    const of = properties[key];
    if (of && of.type !== type)
      faults.push(invalid(`${field}.properties[${key}].type`, of.type ?? '', `must be ${type}`));
  }
  if (level === 'root' && properties['metadata'] && saysMoreThanNames(properties['metadata']))
    faults.push(
      forbidden(
        `${field}.properties[metadata]`,
        'must not specify anything other than name and generateName, but metadata is implicitly specified',
      ),
    );
  return faults;
}

function saysMoreThanNames({ properties = {}, ...metadata }: JsonSchema): boolean {
  const { type: _type, default: _default, description: _description, ...rest } = metadata;
  const others = Object.keys(properties).filter((key) => key !== 'name' && key !== 'generateName');
  return Object.keys(rest).length > 0 || others.length > 0;
}

/** allOf, anyOf, oneOf and not may judge values, but not describe them; and the pattern is one. */
function checkJudgements(schema: JsonSchema, field: string): FieldError[] {
  const { allOf = [], anyOf = [], oneOf = [], not, pattern } = schema;
  const faults: FieldError[] = [];
  if (!isIntOrString(anyOf)) for (const [i, of] of anyOf.entries()) faults.push(...nested(of, `${field}.anyOf[${i}]`));
  for (const [i, of] of allOf.entries()) {
    const { anyOf: first, ...rest } = of;
    faults.push(...nested(i === 0 && isIntOrString(first ?? []) ? rest : of, `${field}.allOf[${i}]`));
  }
  for (const [i, of] of oneOf.entries()) faults.push(...nested(of, `${field}.oneOf[${i}]`));
  if (not) faults.push(...nested(not, `${field}.not`));
  if (pattern && !compilePattern(pattern))
    faults.push(invalid(`${field}.pattern`, pattern, "must be a valid regular expression, but isn't"));
  return faults;
}

/** anyOf: [{type: integer}, {type: string}] is how int-or-string is written. */
const isIntOrString = (anyOf: readonly JsonSchema[]): boolean =>
  JSON.stringify(anyOf) === '[{"type":"integer"},{"type":"string"}]';

const IN_JUDGEMENTS: readonly (readonly [key: keyof JsonSchema | 'title', must: string])[] = [
  ['type', 'be empty'],
  ['additionalProperties', 'be undefined'],
  ['default', 'be undefined'],
  ['title', 'be empty'],
  ['description', 'be empty'],
  ['nullable', 'be false'],
  ['x-kubernetes-preserve-unknown-fields', 'be false'],
  ['x-kubernetes-embedded-resource', 'be false'],
  ['x-kubernetes-int-or-string', 'be false'],
  ['x-kubernetes-list-map-keys', 'be empty'],
  ['x-kubernetes-list-type', 'be undefined'],
  ['x-kubernetes-map-type', 'be undefined'],
  ['x-kubernetes-validations', 'be empty'],
];

function nested(schema: JsonSchema, field: string): FieldError[] {
  const items = schemaOfItems(schema);
  const said = schema as Readonly<Record<string, unknown>>;
  const faults = checkJudgements(schema, field);
  if (items) faults.push(...nested(items, `${field}.items`));
  for (const [key, of] of Object.entries(schema.properties ?? {}))
    faults.push(...nested(of, `${field}.properties[${key}]`));
  for (const [key, must] of IN_JUDGEMENTS)
    if (isSaid(said[key], must)) faults.push(forbidden(`${field}.${key}`, `must ${must} to be structural`));
  if (schema.properties?.['metadata'])
    faults.push(forbidden(`${field}.properties[metadata]`, 'must not be specified in a nested context'));
  return faults;
}

const isSaid = (value: unknown, must: string): boolean =>
  must === 'be undefined' ? value !== undefined : Boolean(value) && !(Array.isArray(value) && value.length === 0);

/** A default is judged by its own schema, which says of it "in body" and no more. */
function checkDefaults(schema: JsonSchema, field: string): FieldError[] {
  const path = `${field}.default`;
  const own = schema.default === undefined ? [] : wholeValidationOf(schema).validate(schema.default, path);
  const items = schemaOfItems(schema);
  const { additionalProperties: values } = schema;
  return [
    ...own.map((error) => ({ ...error, message: error.message.replace(`${path} in body`, ' in body') })),
    ...Object.entries(schema.properties ?? {}).flatMap(([key, of]) => checkDefaults(of, `${field}.properties[${key}]`)),
    ...(items ? checkDefaults(items, `${field}.items`) : []),
    ...(isJsonObject(values) ? checkDefaults(values as JsonSchema, `${field}.additionalProperties`) : []),
  ];
}
