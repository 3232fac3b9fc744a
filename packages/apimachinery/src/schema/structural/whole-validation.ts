/** Everything that a structural schema decides of a value, in the order in which Kubernetes tells it. */
import { type FieldError, invalid } from '../../field-error.ts';
import { type ValidateMetadata, validateEmbedded } from './embedded.ts';
import { type JsonSchema, isEmbedded, schemasBelow } from './json-schema.ts';
import { validateListTypes } from './list-types.ts';
import { type ValidationContext, validateStructural } from './validation.ts';

export interface WholeValidation {
  /** The object, or a default at `path`. */
  validate(value: unknown, path?: string): FieldError[];
  /** What `old` held already is not judged again. */
  validateUpdate(value: unknown, old: unknown): FieldError[];
  /** A change of the status through its own endpoint, where faults are told of the status alone. */
  validateStatusUpdate(value: object, old: object): FieldError[];
}

export function wholeValidationOf(schema: JsonSchema, validateMetadata?: ValidateMetadata): WholeValidation {
  const context: ValidationContext = { patterns: new Map() };
  let traits: Traits | undefined;
  const traitsOf = (): Traits => (traits ??= findTraits(schema));
  const embedded = (value: unknown, path = '') =>
    traitsOf().embeds ? validateEmbedded(value, schema, { path, validateMetadata }) : [];
  const lists = (value: unknown, path = '') => (traitsOf().tellsApart ? validateListTypes(value, schema, path) : []);
  const changedLists = (value: unknown, old: unknown) => {
    const faults = lists(value);
    return faults.length > 0 && lists(old).length > 0 ? [] : faults;
  };
  const told = (faults: FieldError[]) =>
    traitsOf().hasRules && faults.some(isBlocking) ? [...faults, BLOCKED] : faults;
  return {
    validate: (value, path = '') =>
      told([...validateStructural(value, schema, { path, context }), ...embedded(value, path), ...lists(value, path)]),
    validateUpdate: (value, old) =>
      told([
        ...validateStructural(value, schema, { path: '', context, old }),
        ...embedded(value),
        ...changedLists(value, old),
      ]),
    validateStatusUpdate: (value, old) =>
      told([...validateStatus(schema, { status: value, old, context }), ...changedLists(value, old)]),
  };
}

function validateStatus(
  { properties }: JsonSchema,
  { status: value, old, context }: { status: object; old: object; context: ValidationContext },
): FieldError[] {
  const of = properties?.['status'];
  const { status } = value as { status?: unknown };
  if (!of || status === undefined) return [];
  const { status: before } = old as { status?: unknown };
  const faults = validateStructural(status, of, { path: '', context, old: before });
  return faults.map((fault) => ({ ...fault, field: underStatus(fault.field) }));
}

const underStatus = (field: string): string =>
  field === '<nil>' ? field : field === '' || field.startsWith('[') ? `status${field}` : `status.${field}`;

const BLOCKING: ReadonlySet<string> = new Set([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]);
const isBlocking = ({ type }: FieldError): boolean => BLOCKING.has(type);
const BLOCKED = invalid(
  '<nil>',
  null,
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
);

interface Traits {
  embeds: boolean;
  tellsApart: boolean;
  hasRules: boolean;
}

function findTraits(schema: JsonSchema): Traits {
  const own = {
    embeds: isEmbedded(schema),
    tellsApart: schema['x-kubernetes-list-type'] === 'set' || schema['x-kubernetes-list-type'] === 'map',
    hasRules: (schema['x-kubernetes-validations'] ?? []).length > 0,
  };
  for (const below of schemasBelow(schema)) {
    const traits = findTraits(below);
    own.embeds ||= traits.embeds;
    own.tellsApart ||= traits.tellsApart;
    own.hasRules ||= traits.hasRules;
  }
  return own;
}
