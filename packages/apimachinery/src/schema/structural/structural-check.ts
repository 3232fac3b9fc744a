/**
 * Whether a schema is structural, which every CRD's must be: a type everywhere, nothing that cannot be pruned or defaulted
 * by. Errors are those of the CRD's own validation; `field` is where the schema stands.
 */
import { type FieldError, forbidden, invalid, required } from '../../field-error.ts';
import { isJsonObject } from '../../own.ts';
import { type JsonSchema, schemaOfItems } from './json-schema.ts';
import { compilePattern } from './pattern.ts';
import { validateStructural } from './validation.ts';

const FORBIDDEN = [
  '$ref',
  'definitions',
  'dependencies',
  'deprecated',
  'discriminator',
  'id',
  'patternProperties',
  'readOnly',
  'writeOnly',
  'xml',
  'additionalItems',
];
/** What stands under allOf, anyOf, oneOf and not may judge values, but not describe them. */
const NO_DESCRIPTION = ['type', 'default', 'nullable', 'description', 'title', 'additionalProperties'];
const TYPES = ['object', 'array', 'string', 'integer', 'number', 'boolean'];
const MAX_DEPTH = 200;

export const checkStructural = (schema: JsonSchema, field: string): FieldError[] => [
  ...checkRoot(schema, field),
  ...checkMetadata(schema, field),
  ...checkNode(schema, field, 0),
];

function checkRoot(schema: JsonSchema, field: string): FieldError[] {
  if (schema.type === 'object') return [];
  if (schema.type !== undefined) return [invalid(`${field}.type`, schema.type, 'must be object at the root')];
  // elsewhere a node may go without a type where anything is kept
  return isFree(schema) ? [required(`${field}.type`, 'must not be empty at the root')] : [];
}

const isFree = (schema: JsonSchema): boolean =>
  schema['x-kubernetes-int-or-string'] === true || schema['x-kubernetes-preserve-unknown-fields'] === true;

function checkMetadata({ properties }: JsonSchema, field: string): FieldError[] {
  const metadata = properties?.['metadata'];
  if (!metadata) return [];
  const { type: _t, description: _d, properties: inside = {}, ...rest } = metadata;
  const others = [
    ...Object.keys(rest),
    ...Object.keys(inside).filter((key) => key !== 'name' && key !== 'generateName'),
  ];
  return others.length === 0
    ? []
    : [
        forbidden(
          `${field}.properties[metadata]`,
          'must not specify anything other than name and generateName, but metadata is implicitly specified',
        ),
      ];
}

function checkNode(schema: JsonSchema, field: string, depth: number): FieldError[] {
  if (depth > MAX_DEPTH) return [forbidden(field, 'must not be nested so deeply')];
  return [
    ...FORBIDDEN.filter((key) => key in schema).map((key) => forbidden(`${field}.${key}`, `must not be set`)),
    ...checkType(schema, field),
    ...checkLists(schema, field),
    ...checkValues(schema, field),
    ...checkLogic(schema, field, depth),
    ...childrenOf(schema, field).flatMap(([at, child]) => checkNode(child, at, depth + 1)),
  ];
}

function checkType(schema: JsonSchema, field: string): FieldError[] {
  const { type } = schema;
  const intOrString = schema['x-kubernetes-int-or-string'] === true;
  const errors: FieldError[] = [];
  if (intOrString && type)
    errors.push(invalid(`${field}.type`, type, 'must be empty if x-kubernetes-int-or-string is true'));
  if (!type && !isFree(schema)) errors.push(required(`${field}.type`, 'must not be empty for specified object fields'));
  if (type && !TYPES.includes(type)) errors.push(invalid(`${field}.type`, type, `must be one of ${TYPES.join(', ')}`));
  if (type === 'array' && !schemaOfItems(schema)) errors.push(required(`${field}.items`, 'must be specified'));
  if (schema.properties && schema.additionalProperties !== undefined && schema.additionalProperties !== false)
    errors.push(forbidden(`${field}.additionalProperties`, 'additionalProperties and properties are mutual exclusive'));
  if (schema['x-kubernetes-embedded-resource'] && type !== 'object')
    errors.push(invalid(`${field}.type`, type ?? '', 'must be object if x-kubernetes-embedded-resource is true'));
  return errors;
}

function checkLists(schema: JsonSchema, field: string): FieldError[] {
  const listType = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  if (listType === undefined)
    return keys.length > 0
      ? [invalid(`${field}.x-kubernetes-list-type`, '', 'must be map if x-kubernetes-list-map-keys is non-empty')]
      : [];
  if (schema.type !== 'array')
    return [invalid(`${field}.type`, schema.type ?? '', 'must be array if x-kubernetes-list-type is specified')];
  if (listType !== 'map') return [];
  if (keys.length === 0)
    return [required(`${field}.x-kubernetes-list-map-keys`, 'must not be empty if x-kubernetes-list-type is map')];
  const items = schemaOfItems(schema);
  return keys.flatMap((key) => {
    const of = items?.properties?.[key];
    if (!of)
      return [invalid(`${field}.x-kubernetes-list-map-keys`, keys, `entries must all be names of item properties`)];
    const present = items?.required?.includes(key) === true || of.default !== undefined;
    return present
      ? []
      : [
          required(
            `${field}.items.properties[${key}].default`,
            'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
          ),
        ];
  });
}

function checkValues(schema: JsonSchema, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (schema.pattern !== undefined && !compilePattern(schema.pattern))
    errors.push(invalid(`${field}.pattern`, schema.pattern, 'must be a valid regular expression'));
  if (schema.default !== undefined)
    errors.push(
      ...validateStructural(schema.default, schema, { path: `${field}.default`, context: { patterns: new Map() } }),
    );
  return errors;
}

function checkLogic(schema: JsonSchema, field: string, depth: number): FieldError[] {
  const { allOf = [], anyOf = [], oneOf = [], not } = schema;
  const nested = [
    ...allOf.map((of, i) => [`${field}.allOf[${i}]`, of] as const),
    ...anyOf.map((of, i) => [`${field}.anyOf[${i}]`, of] as const),
    ...oneOf.map((of, i) => [`${field}.oneOf[${i}]`, of] as const),
    ...(not ? [[`${field}.not`, not] as const] : []),
  ];
  const isIntOrString = schema['x-kubernetes-int-or-string'] === true;
  return nested.flatMap(([at, of]) => checkJudgement(of, at, { depth: depth + 1, isIntOrString }));
}

/** anyOf: [{type: integer}, {type: string}] is how int-or-string is written. */
function checkJudgement(
  schema: JsonSchema,
  field: string,
  options: { depth: number; isIntOrString: boolean },
): FieldError[] {
  if (options.depth > MAX_DEPTH) return [forbidden(field, 'must not be nested so deeply')];
  const banned = NO_DESCRIPTION.filter((key) => key in schema && !(key === 'type' && options.isIntOrString));
  const extensions = Object.keys(schema).filter(
    (key) => key.startsWith('x-kubernetes-') && key !== 'x-kubernetes-validations',
  );
  return [
    ...[...banned, ...extensions].map((key) => forbidden(`${field}.${key}`, 'must be empty to be structural')),
    ...childrenOf(schema, field).flatMap(([at, child]) =>
      checkJudgement(child, at, { depth: options.depth + 1, isIntOrString: false }),
    ),
  ];
}

function childrenOf(schema: JsonSchema, field: string): [field: string, child: JsonSchema][] {
  const items = schemaOfItems(schema);
  const { additionalProperties: values } = schema;
  return [
    ...Object.entries(schema.properties ?? {}).map(([key, of]): [string, JsonSchema] => [
      `${field}.properties[${key}]`,
      of,
    ]),
    ...(items ? [[`${field}.items`, items] as [string, JsonSchema]] : []),
    ...(isJsonObject(values) ? [[`${field}.additionalProperties`, values] as [string, JsonSchema]] : []),
  ];
}
