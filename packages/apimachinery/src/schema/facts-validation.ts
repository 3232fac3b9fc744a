/**
 * What facts alone can judge of a decoded and defaulted object: required fields, enums, minimums, lengths. A `status` is
 * the server's own components' word and is not judged. Anything that needs two fields is for the kind's own code.
 */
import { type FieldError, invalid, notSupported, required, tooLong, tooMany } from '../field-error.ts';
import { checkDns1123Label, checkDns1123Subdomain, checkQualifiedName } from '../names.ts';
import type { FieldFacts, TypeFacts, ValueFacts } from './facts.ts';
import type { Types } from './types.ts';

/** Paths are made only where they are needed: a linked list from the field up to the root. */
interface Path {
  readonly parent: Path | undefined;
  readonly step: string;
}
export type Validate = (value: unknown, path: Path | undefined, errors: FieldError[]) => void;

/** A root that asks for no paths: whether there is a fault at all is found out first, and nearly always there is none. */
export const PROBE: Path = { parent: undefined, step: '' };

const below = (path: Path | undefined, step: string): Path => (path === PROBE ? PROBE : { parent: path, step });

/** True for a field of a type: a required string that may be empty all the same (an HTTP header's value), say. */
export type MayBeEmpty = (typeName: string, field: string) => boolean;

/** Validators by type name; undefined where there is nothing to judge. */
export function createValidators(
  types: Types,
  { mayBeEmpty, isJudgedElsewhere }: { mayBeEmpty: MayBeEmpty; isJudgedElsewhere: MayBeEmpty },
): (typeName: string) => Validate | undefined {
  const known = new Map<string, Validate | undefined>();
  return validatorOf;

  function validatorOf(typeName: string): Validate | undefined {
    if (known.has(typeName)) return known.get(typeName);
    // a type may contain itself
    known.set(typeName, (value, path, errors) => compiled?.(value, path, errors));
    const compiled = compileType(types.of(typeName), typeName);
    known.set(typeName, compiled);
    return compiled;
  }

  function compileType(facts: TypeFacts, name: string): Validate | undefined {
    const fields = Object.entries(facts.fields ?? {})
      .filter(([field]) => !(facts.gvk && field === 'status') && !isJudgedElsewhere(name, field))
      .toSorted(([, a], [, b]) => a.i - b.i)
      .flatMap(([field, of]) => {
        const check = compileField(of, mayBeEmpty(name, field));
        return check ? [{ field, check }] : [];
      });
    if (fields.length === 0) return undefined;
    const byName = new Map(fields.map(({ field, check }) => [field, check]));
    const needed = fields.filter(({ field }) => isNeeded(facts.fields?.[field], mayBeEmpty(name, field)));
    return (value, path, errors) => {
      const object = value as Readonly<Record<string, unknown>>;
      for (const { field, check } of needed) if (object[field] == null) check(undefined, below(path, field), errors);
      for (const key in object) {
        const check = byName.get(key);
        if (check) check(object[key], below(path, key), errors);
      }
    };
  }

  function compileField(facts: FieldFacts, emptyAllowed: boolean): Validate | undefined {
    const checks = [compileValue(facts), ...ownChecks(facts)].filter((check) => check !== undefined);
    const needed = isNeeded(facts, emptyAllowed);
    if (!needed && checks.length === 0) return undefined;
    // where an empty text is not the same as none, it is a value like any other
    const judgesEmpty = facts.enum !== undefined && facts.emit === 'set' && !needed;
    return (value, path, errors) => {
      if (value == null || (value === '' && !judgesEmpty)) {
        if (needed) errors.push(required(formatPath(path)));
      } else for (const check of checks) check(value, path, errors);
    };
  }

  function compileValue(facts: ValueFacts): Validate | undefined {
    if (facts.type === 'ref') return validatorOf(facts.ref ?? '');
    if (facts.type === 'array' && facts.items) return overItems(compileValue(facts.items));
    if (facts.type === 'map' && facts.values) return overValues(compileValue(facts.values));
    const { enum: options } = facts;
    if (!options) return undefined;
    const supported = options.toSorted();
    return (value, path, errors) => {
      if (!options.includes(value as string)) errors.push(notSupported(formatPath(path), value, supported));
    };
  }
}

const isNeeded = (facts: FieldFacts | undefined, emptyAllowed: boolean): boolean =>
  facts?.required === true && REQUIRABLE.has(facts.type) && !emptyAllowed;

/** Numbers, booleans and lists are always there after decode; whether a list may be empty is for the kind to say. */
const REQUIRABLE: ReadonlySet<string> = new Set(['string', 'ref', 'bytes', 'object', 'quantity', 'time', 'microtime']);

function ownChecks({ minimum, maxItems, maxLength, k8sFormat }: FieldFacts): Validate[] {
  const checks: Validate[] = [];
  if (minimum !== undefined)
    checks.push((value, path, errors) => {
      if ((value as number) < minimum)
        errors.push(invalid(formatPath(path), value, `must be greater than or equal to ${minimum}`));
    });
  if (maxItems !== undefined)
    checks.push((value, path, errors) => {
      const { length } = value as readonly unknown[];
      if (length > maxItems) errors.push(tooMany(formatPath(path), length, maxItems));
    });
  if (maxLength !== undefined)
    checks.push((value, path, errors) => {
      if (Buffer.byteLength(value as string) > maxLength) errors.push(tooLong(formatPath(path), maxLength));
    });
  const format = k8sFormat === undefined ? undefined : FORMATS[k8sFormat];
  if (format)
    checks.push((value, path, errors) => {
      for (const fault of format(value as string)) errors.push(invalid(formatPath(path), value, fault));
    });
  return checks;
}

const FORMATS: Readonly<Record<string, (value: string) => string[]>> = {
  'k8s-short-name': checkDns1123Label,
  'k8s-long-name': checkDns1123Subdomain,
  'k8s-long-name-caseless': (value) => checkDns1123Subdomain(value.toLowerCase()),
  'k8s-label-key': checkQualifiedName,
  'k8s-extended-resource-name': checkQualifiedName,
  'k8s-resource-fully-qualified-name': (value) =>
    value.includes('/') ? [] : ['a fully qualified name must be a domain and a name separated by a slash'],
  'k8s-uuid': (value) =>
    /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value) ? [] : ['uuid must be in RFC 4122 normalized form'],
};

const overItems = (check: Validate | undefined): Validate | undefined =>
  check &&
  ((value, path, errors) => {
    const items = value as readonly unknown[];
    for (let i = 0; i < items.length; i++)
      if (items[i] != null) check(items[i], path === PROBE ? PROBE : below(path, `[${i}]`), errors);
  });

const overValues = (check: Validate | undefined): Validate | undefined =>
  check &&
  ((value, path, errors) => {
    const items = value as Readonly<Record<string, unknown>>;
    for (const key in items)
      if (items[key] != null) check(items[key], path === PROBE ? PROBE : below(path, `[${key}]`), errors);
  });

function formatPath(path: Path | undefined): string {
  if (!path) return '';
  const before = formatPath(path.parent);
  return before === '' || path.step.startsWith('[') ? before + path.step : `${before}.${path.step}`;
}
