/** The OpenAPI schema of one type out of its facts, with Kubernetes' extensions for lists, maps and patches. Pure. */
import { typeFacts } from '@mkube/api';
import type { FactType, FieldFacts, TypeFacts, ValueFacts } from '@mkube/apimachinery';
import type { Dialect, Json } from './dialect.ts';
import { kindsOfOptions } from './option-kinds.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
/** Fields of these types are references to named scalars. */
const SCALARS: Partial<Record<FactType, string>> = {
  quantity: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
  'int-or-string': 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
  time: `${META}.Time`,
  microtime: `${META}.MicroTime`,
  duration: `${META}.Duration`,
};

/** undefined for a name that is no built-in type. */
export function typeSchema(name: string, dialect: Dialect): Json | undefined {
  const facts = typeFacts(name);
  if (!facts) return undefined;
  const schema = facts.kind === 'scalar' ? scalarSchema(facts, dialect) : objectSchema(name, facts, dialect);
  return { ...descriptionOf(dialect, name), ...schema };
}

function scalarSchema({ type, format }: TypeFacts, { version }: Dialect): Json {
  switch (type) {
    case 'quantity':
      return version === 2 ? { type: 'string' } : { oneOf: [{ type: 'string' }, { type: 'number' }] };
    case 'int-or-string':
      return version === 2
        ? { type: 'string', format: 'int-or-string' }
        : { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] };
    case 'any':
      return {};
    case 'object':
      return { type: 'object' };
    default:
      return { type: 'string', ...(format && { format }) };
  }
}

const descriptionOf = ({ describe }: Dialect, type: string, field?: string): Json => {
  const description = describe?.(type, field);
  return description ? { description } : {};
};

function objectSchema(type: string, facts: TypeFacts, dialect: Dialect): Json {
  const declared = Object.entries(facts.fields ?? {});
  const required = declared.filter(([, field]) => field.required).map(([name]) => name);
  const fields = declared.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return {
    type: 'object',
    ...(required.length > 0 && { required }),
    ...(fields.length > 0 && {
      properties: Object.fromEntries(
        fields.map(([name, field]) => [name, fieldSchema(name, field, dialect, descriptionOf(dialect, type, name))]),
      ),
    }),
    ...(facts.gvk && { 'x-kubernetes-group-version-kind': kindsOfOptions(type) ?? [gvkOf(facts.gvk)] }),
    ...(facts.mapType && { 'x-kubernetes-map-type': facts.mapType }),
    ...(facts.unions && { 'x-kubernetes-unions': facts.unions.map(unionOf) }),
  };
}

const gvkOf = ([group, version, kind]: readonly [string, string, string]): Json => ({ group, kind, version });

const unionOf = ({
  discriminator,
  fields,
}: {
  discriminator?: string;
  fields: Readonly<Record<string, string>>;
}): Json => ({
  ...(discriminator && { discriminator }),
  'fields-to-discriminateBy': fields,
});

function fieldSchema(name: string, field: FieldFacts, dialect: Dialect, description: Json): Json {
  const value = name === 'fieldsV1' ? dialect.ref(`${META}.FieldsV1`) : valueSchema(field, dialect);
  const extensions: Json = {
    ...description,
    ...(field.listType && { 'x-kubernetes-list-type': field.listType }),
    ...(field.listMapKeys && { 'x-kubernetes-list-map-keys': field.listMapKeys }),
    ...(field.mapType && { 'x-kubernetes-map-type': field.mapType }),
    ...(field.patchMergeKey && { 'x-kubernetes-patch-merge-key': field.patchMergeKey }),
    ...(field.patchStrategy && { 'x-kubernetes-patch-strategy': field.patchStrategy }),
    ...(field.enum && { enum: field.enum }),
  };
  const fallback = defaultOf(field, dialect);
  if (fallback === undefined && Object.keys(extensions).length === 0) return value;
  const besides = { ...(fallback !== undefined && { default: fallback }), ...extensions };
  if (!('$ref' in value)) return { ...value, ...besides };
  // Nothing may stand beside a $ref.
  return dialect.version === 3 ? { allOf: [value], ...besides } : { ...value, ...extensions };
}

/** v2 documents of Kubernetes carry none: clients of old would send them. */
function defaultOf(field: FieldFacts, { version }: Dialect): unknown {
  if (version === 2) return undefined;
  return field.default ?? (field.zeroDefault ? zeroOf(field) : undefined);
}

function zeroOf({ type }: ValueFacts): unknown {
  switch (type) {
    case 'string':
      return '';
    case 'integer':
    case 'int64':
    case 'number':
      return 0;
    case 'boolean':
      return false;
    case 'ref':
      return {};
    default:
      return undefined;
  }
}

function valueSchema(value: ValueFacts, dialect: Dialect): Json {
  const scalar = SCALARS[value.type];
  if (scalar) return dialect.ref(scalar);
  switch (value.type) {
    case 'ref':
      return dialect.ref(value.ref ?? '');
    case 'array':
      return { type: 'array', items: elementSchema(value.items ?? { type: 'any' }, dialect) };
    case 'map':
      return { type: 'object', additionalProperties: elementSchema(value.values ?? { type: 'any' }, dialect) };
    case 'int64':
      return { type: 'integer', format: 'int64' };
    case 'integer':
      return { type: 'integer', format: value.format ?? 'int32' };
    case 'number':
      return { type: 'number', format: value.format ?? 'double' };
    case 'bytes':
      return { type: 'string', format: 'byte' };
    case 'string':
      return { type: 'string', ...(value.format && { format: value.format }) };
    case 'boolean':
      return { type: 'boolean' };
    case 'object':
      return dialect.ref('io.k8s.apimachinery.pkg.runtime.RawExtension');
    case 'any':
    case 'quantity':
    case 'int-or-string':
    case 'time':
    case 'microtime':
    case 'duration':
      return {};
  }
}

/** Elements of lists and maps have their zero value as default in v3. */
function elementSchema(value: ValueFacts, dialect: Dialect): Json {
  const schema = { ...valueSchema(value, dialect), ...(value.enum && { enum: value.enum }) };
  const zero = dialect.version === 3 ? zeroOf(value) : undefined;
  if (zero === undefined) return schema;
  return '$ref' in schema ? { allOf: [schema], default: zero } : { ...schema, default: zero };
}

/** Names of the types that a schema refers to. */
export function* refsIn(schema: unknown): Generator<string> {
  if (typeof schema !== 'object' || schema === null) return;
  for (const [key, value] of Object.entries(schema)) {
    if (key === '$ref' && typeof value === 'string') yield value.slice(value.lastIndexOf('/') + 1);
    else yield* refsIn(value);
  }
}

/** Schemas of the types and of everything that they refer to, by name, sorted. */
export function schemasOf(types: Iterable<string>, dialect: Dialect): Record<string, Json> {
  const found = new Map<string, Json>();
  const queue = [...types];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (found.has(name)) continue;
    const schema = typeSchema(name, dialect);
    if (!schema) continue;
    found.set(name, schema);
    queue.push(...refsIn(schema));
  }
  return Object.fromEntries([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
