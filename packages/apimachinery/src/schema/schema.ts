/**
 * The Schema of built-in types: decode, defaults, validation and structure, compiled from facts. One SchemaSet holds what
 * its types share (every kind has ObjectMeta) and compiles a type when it is first used.
 */
import { BadRequest } from '../errors.ts';
import type { FieldError } from '../field-error.ts';
import type { Schema } from '../resource.ts';
import { WrongValue } from './decode-scalar.ts';
import type { Seen } from './decode-containers.ts';
import { createDecoders } from './decode.ts';
import { createCanonicalAgain } from './canonical-again.ts';
import { createDefaulters } from './defaults.ts';
import { explain } from './explain.ts';
import { createNodes } from './facts-nodes.ts';
import { type MayBeEmpty, PROBE, createValidators } from './facts-validation.ts';
import type { DefaultsSource, TypeSource } from './facts.ts';
import { typesFrom } from './types.ts';

export interface SchemaOptions {
  types: TypeSource;
  /** Defaults beyond the declared ones. */
  defaults?: DefaultsSource;
  mayBeEmpty?: MayBeEmpty;
  /** Fields that `validate` leaves to somebody else. */
  isJudgedElsewhere?: (typeName: string, field: string) => boolean;
}

export interface SchemaSet {
  /** By OpenAPI name; the same object each time. */
  schemaOf(typeName: string): Schema;
}

export function createSchemas({
  types: source,
  defaults = () => undefined,
  mayBeEmpty = () => false,
  isJudgedElsewhere = () => false,
}: SchemaOptions): SchemaSet {
  const types = typesFrom(source);
  const decoders = createDecoders(types);
  const defaulterOf = createDefaulters(types, { rules: defaults, again: createCanonicalAgain(types, decoders) });
  const validatorOf = createValidators(types, { mayBeEmpty, isJudgedElsewhere });
  const nodeOf = createNodes(types);
  const known = new Map<string, Schema>();
  return {
    schemaOf(name) {
      const found = known.get(name) ?? schemaFor(name);
      known.set(name, found);
      return found;
    },
  };

  function schemaFor(name: string): Schema {
    let empty: Record<string, unknown> | undefined;
    return {
      name,
      get root() {
        return nodeOf(name);
      },
      decode(value, before) {
        const seen: Seen = { unknown: false };
        try {
          const object = decoders.ofType(name)(value, seen, before) as Record<string, unknown>;
          return { object, unknownFields: seen.unknown ? explain(types, name, value).unknownFields : [] };
        } catch (error) {
          throw error instanceof WrongValue || error instanceof BadRequest ? refusal(name, value) : error;
        }
      },
      get empty() {
        return (empty ??= decoders.ofType(name)({}, { unknown: false }) as Record<string, unknown>);
      },
      applyDefaults: <T>(object: T, before?: T): T => (defaulterOf(name)?.(object, before) as T | undefined) ?? object,
      validate(object) {
        const validate = validatorOf(name);
        const found: FieldError[] = [];
        validate?.(object, PROBE, found);
        if (found.length === 0) return found;
        const errors: FieldError[] = [];
        validate?.(object, undefined, errors);
        return errors;
      },
    };
  }

  function refusal(name: string, value: unknown): BadRequest {
    const why = explain(types, name, value).error ?? 'json: cannot unmarshal value';
    const [, version, kind] = types.of(name).gvk ?? [];
    return new BadRequest(
      kind ? `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${why}` : why,
    );
  }
}

export const createSchema = (types: TypeSource, typeName: string): Schema =>
  createSchemas({ types }).schemaOf(typeName);
