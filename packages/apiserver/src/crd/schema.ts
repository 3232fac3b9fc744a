/**
 * The Schema of a custom resource, out of its structural schema: what decode, defaults, validation, patches and apply go by.
 * Metadata is Kubernetes' own, whatever the schema says of it.
 */
import { schemaOf } from '@mkube/api';
import { BadRequest, type FieldError, type Schema } from '@mkube/apimachinery';
import { withSchemaDefaults } from './defaults.ts';
import { type JsonSchema, isObject } from './json-schema.ts';
import { rootNodeOf } from './nodes.ts';
import { prune } from './prune.ts';
import { validateValue } from './validate.ts';

const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

export function createCustomSchema(name: string, schema: JsonSchema): Schema {
  const { properties: { metadata: _metadata, ...properties } = {}, ...rest } = schema;
  const body: JsonSchema = { ...rest, properties };
  let root: Schema['root'] | undefined;
  return {
    name,
    get root() {
      return (root ??= rootNodeOf(body));
    },
    decode(value) {
      if (!isObject(value)) throw new BadRequest('the object must be a JSON object');
      const unknownFields: string[] = [];
      const { kind, apiVersion, metadata, ...fields } = value;
      const decoded = decodeMetadata(metadata);
      for (const path of decoded.unknownFields) unknownFields.push(`metadata.${path}`);
      const pruned = prune(fields, body, (path) => unknownFields.push(path)) as Record<string, unknown>;
      return { object: { kind, apiVersion, metadata: decoded.object, ...pruned }, unknownFields };
    },
    applyDefaults: <T>(object: T): T => withSchemaDefaults(object, body) as T,
    validate(object): FieldError[] {
      const {
        kind: _kind,
        apiVersion: _apiVersion,
        metadata: _ownMetadata,
        ...fields
      } = object as Record<string, unknown>;
      const required = body.required?.filter(
        (field) => field !== 'metadata' && field !== 'kind' && field !== 'apiVersion',
      );
      return validateValue(fields, { ...body, ...(required && { required }) }, '');
    },
  };
}

function decodeMetadata(metadata: unknown): { object: Record<string, unknown>; unknownFields: string[] } {
  if (metadata === undefined || metadata === null) return { object: {}, unknownFields: [] };
  if (!isObject(metadata)) throw new BadRequest('json: cannot unmarshal metadata: it must be an object');
  return schemaOf(OBJECT_META).decode(metadata);
}
