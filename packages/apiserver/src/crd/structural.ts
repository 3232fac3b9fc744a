/**
 * Whether a schema is structural: every node says its type, nothing is said twice in value validations that must be said
 * in the structure, and metadata is Kubernetes' own. Pure; errors are those of creating the CustomResourceDefinition.
 */
import { type FieldError, forbidden, invalid, required } from '@mkube/apimachinery';
import { type JsonSchema, isObject } from './json-schema.ts';

const NEVER = [
  '$ref',
  '$schema',
  'id',
  'definitions',
  'dependencies',
  'patternProperties',
  'additionalItems',
  'deprecated',
  'discriminator',
  'readOnly',
  'writeOnly',
  'xml',
  'example',
  'externalDocs',
];
const TYPES = ['object', 'array', 'string', 'integer', 'number', 'boolean'];
const NOT_IN_VALUE = ['type', 'default', 'nullable', 'title', 'description', 'additionalProperties'] as const;
const MAX_DEPTH = 100;

export function validateStructural(schema: JsonSchema, at: string): FieldError[] {
  const errors: FieldError[] = [];
  if (schema.type !== 'object')
    errors.push(
      schema.type
        ? invalid(`${at}.type`, schema.type, 'must be object at the root')
        : required(`${at}.type`, 'must not be empty at the root'),
    );
  checkNode(schema, at, errors, { root: true, depth: 0 });
  return errors;
}

function checkNode(schema: JsonSchema, at: string, errors: FieldError[], { root = false, depth = 0 }): void {
  if (depth > MAX_DEPTH) return void errors.push(invalid(at, '', 'is nested too deeply'));
  const raw = schema as Record<string, unknown>;
  for (const key of NEVER)
    if (raw[key] !== undefined && raw[key] !== null && raw[key] !== '')
      errors.push(forbidden(`${at}.${key}`, `${key} is not supported`));
  checkType(schema, at, errors);
  if (schema.uniqueItems)
    errors.push(
      forbidden(
        `${at}.uniqueItems`,
        'uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
      ),
    );
  if (schema.properties && schema.additionalProperties !== undefined && schema.additionalProperties !== false)
    errors.push(forbidden(`${at}.additionalProperties`, 'additionalProperties and properties are mutual exclusive'));
  if (schema.additionalProperties === false)
    errors.push(forbidden(`${at}.additionalProperties`, 'additionalProperties cannot be set to false'));
  if (root) checkMetadata(schema, at, errors);
  checkLists(schema, at, errors);
  checkPattern(schema, at, errors);
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const where = `${at}.properties[${name}]`;
    if (root && (name === 'metadata' || name === 'apiVersion' || name === 'kind')) continue;
    if (isObject(property)) checkNode(property as JsonSchema, where, errors, { depth: depth + 1 });
  }
  if (isObject(schema.additionalProperties))
    checkNode(schema.additionalProperties as JsonSchema, `${at}.additionalProperties`, errors, { depth: depth + 1 });
  if (isObject(schema.items)) checkNode(schema.items as JsonSchema, `${at}.items`, errors, { depth: depth + 1 });
  else if (schema.type === 'array') errors.push(required(`${at}.items`, 'must be specified'));
  if (Array.isArray(schema.items))
    errors.push(forbidden(`${at}.items`, 'items must be a schema object and not an array'));
  for (const key of ['allOf', 'anyOf', 'oneOf'] as const)
    for (const [i, value] of (schema[key] ?? []).entries())
      checkValue(value, `${at}.${key}[${i}]`, errors, {
        intOrString: schema['x-kubernetes-int-or-string'] === true,
        depth: depth + 1,
      });
  if (schema.not) checkValue(schema.not, `${at}.not`, errors, { intOrString: false, depth: depth + 1 });
}

function checkType(schema: JsonSchema, at: string, errors: FieldError[]): void {
  const { type } = schema;
  if (type) {
    if (!TYPES.includes(type)) errors.push(invalid(`${at}.type`, type, `must be one of ${TYPES.join(', ')}`));
    if (schema['x-kubernetes-int-or-string'])
      errors.push(invalid(`${at}.type`, type, 'must be empty if x-kubernetes-int-or-string is true'));
  } else if (!schema['x-kubernetes-int-or-string'] && !schema['x-kubernetes-preserve-unknown-fields'])
    errors.push(required(`${at}.type`, 'must not be empty for specified object fields'));
  if (schema['x-kubernetes-embedded-resource'] && type !== 'object')
    errors.push(invalid(`${at}.type`, type ?? '', 'must be object if x-kubernetes-embedded-resource is true'));
}

function checkMetadata({ properties }: JsonSchema, at: string, errors: FieldError[]): void {
  const metadata = properties?.['metadata'];
  if (!metadata) return;
  const { type, properties: own, description: _description, ...rest } = metadata;
  const where = `${at}.properties[metadata]`;
  if (type !== 'object') errors.push(invalid(`${where}.type`, type ?? '', 'must be object'));
  const others = Object.keys(own ?? {}).filter((name) => name !== 'name' && name !== 'generateName');
  if (others.length > 0 || Object.keys(rest).length > 0)
    errors.push(
      forbidden(
        where,
        'must not specify anything other than name and generateName, but metadata is implicitly specified',
      ),
    );
}

const LIST_TYPES = ['atomic', 'set', 'map'];

function checkLists(schema: JsonSchema, at: string, errors: FieldError[]): void {
  const listType = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  if (listType !== undefined) {
    if (!LIST_TYPES.includes(listType))
      errors.push({
        type: 'FieldValueNotSupported',
        field: `${at}.x-kubernetes-list-type`,
        message: `Unsupported value: ${JSON.stringify(listType)}: supported values: "atomic", "map", "set"`,
      });
    if (schema.type !== 'array')
      errors.push(invalid(`${at}.type`, schema.type ?? '', 'must be array if x-kubernetes-list-type is specified'));
  }
  if (listType !== 'map') {
    if (keys.length > 0)
      errors.push(
        invalid(`${at}.x-kubernetes-list-map-keys`, keys, 'must be unset if x-kubernetes-list-type is not map'),
      );
    return;
  }
  if (keys.length === 0)
    errors.push(required(`${at}.x-kubernetes-list-map-keys`, 'must not be empty if x-kubernetes-list-type is map'));
  for (const [i, key] of keys.entries()) {
    const property = schema.items?.properties?.[key];
    if (!property)
      errors.push(
        invalid(`${at}.x-kubernetes-list-map-keys[${i}]`, key, 'entries must all be names of item properties'),
      );
    else if (!schema.items?.required?.includes(key) && property.default === undefined)
      errors.push(
        required(
          `${at}.items.properties[${key}].default`,
          'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
        ),
      );
  }
}

function checkPattern({ pattern }: JsonSchema, at: string, errors: FieldError[]): void {
  if (pattern === undefined) return;
  try {
    new RegExp(pattern, 'u');
  } catch {
    errors.push(invalid(`${at}.pattern`, pattern, 'must be a valid regular expression'));
  }
}

/** Below allOf, anyOf, oneOf and not, only values may be constrained; structure belongs outside. */
function checkValue(schema: JsonSchema, at: string, errors: FieldError[], { intOrString = false, depth = 0 }): void {
  if (depth > MAX_DEPTH) return void errors.push(invalid(at, '', 'is nested too deeply'));
  const raw = schema as Record<string, unknown>;
  for (const key of NOT_IN_VALUE) {
    if (key === 'type' && intOrString) continue;
    if (raw[key] !== undefined && raw[key] !== '' && raw[key] !== false)
      errors.push(forbidden(`${at}.${key}`, 'must be empty to be structural'));
  }
  for (const key of Object.keys(raw))
    if (key.startsWith('x-kubernetes-') && key !== 'x-kubernetes-validations')
      errors.push(forbidden(`${at}.${key}`, 'must be false to be structural'));
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    if (isObject(property))
      checkValue(property as JsonSchema, `${at}.properties[${name}]`, errors, { depth: depth + 1 });
  if (isObject(schema.items)) checkValue(schema.items as JsonSchema, `${at}.items`, errors, { depth: depth + 1 });
  for (const key of ['allOf', 'anyOf', 'oneOf'] as const)
    for (const [i, value] of (schema[key] ?? []).entries())
      checkValue(value, `${at}.${key}[${i}]`, errors, { intOrString, depth: depth + 1 });
  if (schema.not) checkValue(schema.not, `${at}.not`, errors, { depth: depth + 1 });
}
