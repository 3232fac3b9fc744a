/**
 * The Schema of a custom resource, out of its CRD: the same interface as for built-in kinds, so that nothing else has to
 * know the difference. After kind, apiVersion and metadata, keys are in alphabetical order: there are no facts to order them by.
 */
import { stringifyJson } from '../../codec/json.ts';
import { BadRequest } from '../../errors.ts';
import type { FieldError } from '../../field-error.ts';
import { type JsonObject, isJsonObject } from '../../own.ts';
import type { Schema } from '../../resource.ts';
import type { SchemaNode } from '../node.ts';
import { applyStructuralDefaults } from './defaults.ts';
import type { JsonSchema } from './json-schema.ts';
import { structuralNode } from './nodes.ts';
import { type PruneContext, pruneResource } from './prune.ts';
import { type RulePlace, rulePlacesOf } from './rules.ts';
import type { ValidateMetadata } from './embedded.ts';
import { wholeValidationOf } from './whole-validation.ts';

export interface StructuralSchema extends Schema {
  validateUpdate(object: unknown, old: unknown, subresource?: string): FieldError[];
  /** Where CEL rules are to be evaluated. */
  rulePlaces(object: unknown, old?: unknown): Iterable<RulePlace>;
}

export interface StructuralSchemaOptions {
  /** OpenAPI name: 'com.example.v1.Widget'. */
  name: string;
  kind: string;
  version: string;
  /** spec.versions[].schema.openAPIV3Schema; without one, anything is kept. */
  openAPIV3Schema: JsonSchema | undefined;
  /** The schema of ObjectMeta. */
  metadata: Schema;
  /** What is to be said of the metadata of embedded resources. */
  validateMetadata?: ValidateMetadata;
}

export function createStructuralSchema(options: StructuralSchemaOptions): StructuralSchema {
  const { name, kind, version, metadata } = options;
  const schema: JsonSchema = options.openAPIV3Schema ?? {
    type: 'object',
    'x-kubernetes-preserve-unknown-fields': true,
  };
  const judged = withoutTypeMeta(schema);
  const validation = wholeValidationOf(judged, options.validateMetadata);
  let root: SchemaNode | undefined;
  return {
    name,
    get root() {
      return (root ??= structuralNode({ ...schema, type: 'object' }, { metadata: metadata.root, isResource: true }));
    },
    decode(value) {
      if (!isJsonObject(value))
        throw refusal(`json: cannot unmarshal ${nameOfType(value)} into Go value of type map[string]interface {}`);
      for (const key of ['apiVersion', 'kind'])
        if (value[key] != null && typeof value[key] !== 'string')
          throw refusal(
            `json: cannot unmarshal ${nameOfType(value[key])} into Go struct field TypeMeta.${key} of type string`,
          );
      return pruned(value);
    },
    decodeApplied: (value) => pruned(value as JsonObject, { keepsNulls: true }),
    empty: { metadata: {} },
    applyDefaults: <T>(object: T): T => applyStructuralDefaults(object, judged) as T,
    validate: (object) => validation.validate(object),
    validateUpdate: (object, old, subresource) =>
      subresource === 'status'
        ? validation.validateStatusUpdate(object as object, old as object)
        : validation.validateUpdate(object, old),
    rulePlaces: (object, old) => rulePlacesOf(schema, object, old),
  };

  function pruned(value: JsonObject, { keepsNulls = false } = {}) {
    const context: PruneContext = { decodeMetadata, unknownFields: [], unknownInMetadata: [], keepsNulls };
    const object = pruneResource(value, schema, { path: '', context });
    const unknownFields = [...context.unknownInMetadata.toSorted(), ...context.unknownFields.toSorted()];
    return { object: headFirst(object), unknownFields };
  }

  function decodeMetadata(value: unknown, path: string) {
    try {
      return metadata.decode(value);
    } catch (error) {
      if (!(error instanceof BadRequest)) throw error;
      throw refusal(
        path ? `${path}.metadata: Invalid value: ${stringifyJson(value)}: ${error.message}` : error.message,
      );
    }
  }

  function refusal(why: string): BadRequest {
    return new BadRequest(`${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${why}`);
  }
}

/** apiVersion, kind and metadata are the server's matter, whatever the schema says of them. */
function withoutTypeMeta(schema: JsonSchema): JsonSchema {
  const { apiVersion: _a, kind: _k, metadata: _m, ...properties } = schema.properties ?? {};
  return { ...schema, properties };
}

/** As the store's bytes begin, whatever the kind. */
function headFirst({ kind, apiVersion, metadata, ...rest }: JsonObject): JsonObject {
  return { kind, apiVersion, metadata: metadata ?? {}, ...rest };
}

const nameOfType = (value: unknown): string =>
  value === null
    ? 'null'
    : Array.isArray(value)
      ? 'array'
      : isJsonObject(value as JsonObject)
        ? 'object'
        : typeof value;
