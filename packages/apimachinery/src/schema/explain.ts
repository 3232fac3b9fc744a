/**
 * The slow walk beside decode.ts: where a value did not fit, in Go's words, and which fields are unknown, by path
 * ('spec.containers[0].foo'). Runs only once decode has found that there is something to say.
 */
import { isJsonObject } from '../own.ts';
import { WrongValue, decodeScalarOf } from './decode-scalar.ts';
import type { TypeFacts, ValueFacts } from './facts.ts';
import { type Types, goNameOf, refIn, shortNameOf } from './types.ts';

export interface Explanation {
  /** The first fault: 'json: cannot unmarshal string into Go struct field …'. */
  error: string | undefined;
  unknownFields: string[];
}

/** Where the walk is: `path` has indices, `field` is Go's, without them. */
interface Place {
  path: string;
  field: string;
  struct: string;
}

export function explain(types: Types, typeName: string, value: unknown): Explanation {
  const found: Explanation = { error: undefined, unknownFields: [] };
  visitType(typeName, value, { path: '', field: '', struct: '' });
  return found;

  function visitType(name: string, item: unknown, place: Place): void {
    const facts = types.of(name);
    if (facts.kind === 'scalar') return visitScalarType(facts, { name, item, place });
    if (item == null) return;
    if (!isJsonObject(item)) return wrong(item, goNameOf(name), place);
    const fields = facts.fields ?? {};
    for (const [key, child] of Object.entries(item)) {
      const path = place.path ? `${place.path}.${key}` : key;
      const of = Object.hasOwn(fields, key) ? fields[key] : undefined;
      const field = place.field ? `${place.field}.${key}` : key;
      if (of) visit(of, child, { path, field, struct: shortNameOf(name) });
      else found.unknownFields.push(path);
    }
  }

  function visitScalarType(facts: TypeFacts, at: { name: string; item: unknown; place: Place }): void {
    const { name, item, place } = at;
    const nested = facts.oneOf?.find((option) => option !== 'any' && !option.endsWith('[]') && option !== 'boolean');
    if (nested === undefined) return visitScalar({ type: facts.type ?? 'any' }, item, place);
    if (isJsonObject(item)) visitType(refIn(name, nested), item, place);
    else if (Array.isArray(item) && facts.oneOf?.includes(`${nested}[]`))
      for (const [i, each] of item.entries()) visitType(refIn(name, nested), each, indexed(place, i));
  }

  function visit(facts: ValueFacts, item: unknown, place: Place): void {
    if (item == null) return;
    if (facts.type === 'ref') return visitType(facts.ref ?? '', item, place);
    if (facts.type === 'array') return visitArray(facts, item, place);
    if (facts.type === 'map') return visitMap(facts, item, place);
    visitScalar(facts, item, place);
  }

  function visitArray(facts: ValueFacts, item: unknown, place: Place): void {
    if (!Array.isArray(item)) return wrong(item, goTypeOf(facts), place);
    for (const [i, each] of item.entries()) visit(facts.items ?? { type: 'any' }, each, indexed(place, i));
  }

  function visitMap(facts: ValueFacts, item: unknown, place: Place): void {
    if (!isJsonObject(item)) return wrong(item, goTypeOf(facts), place);
    for (const [key, each] of Object.entries(item))
      visit(facts.values ?? { type: 'any' }, each, { ...place, path: `${place.path}[${key}]` });
  }

  function visitScalar(facts: ValueFacts, item: unknown, place: Place): void {
    if (item == null) return;
    try {
      decodeScalarOf(facts.type)(item);
    } catch (error) {
      if (error instanceof WrongValue && error.message === '') wrong(item, goTypeOf(facts), place);
      else found.error ??= error instanceof Error ? error.message : String(error);
    }
  }

  function wrong(item: unknown, goType: string, { struct, field }: Place): void {
    const into = struct ? `Go struct field ${struct}.${field}` : 'Go value';
    found.error ??= `json: cannot unmarshal ${jsonKindOf(item, goType)} into ${into} of type ${goType}`;
  }
}

const indexed = (place: Place, i: number): Place => ({ ...place, path: `${place.path}[${i}]` });

/** A number is shown where the field takes numbers, but not this one. */
function jsonKindOf(value: unknown, goType: string): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value !== 'number' && typeof value !== 'bigint') return typeof value;
  return NUMERIC.has(goType) ? `number ${value}` : 'number';
}

const NUMERIC = new Set(['int32', 'int64', 'float64']);

const GO_TYPES: Readonly<Record<string, string>> = {
  integer: 'int32',
  int64: 'int64',
  boolean: 'bool',
  number: 'float64',
  time: 'string',
  microtime: 'string',
  duration: 'string',
  bytes: '[]uint8',
  'int-or-string': 'int32',
};

function goTypeOf(facts: ValueFacts): string {
  if (facts.type === 'array') return `[]${goTypeOf(facts.items ?? { type: 'any' })}`;
  if (facts.type === 'map') return `map[string]${goTypeOf(facts.values ?? { type: 'any' })}`;
  if (facts.type === 'ref') return goNameOf(facts.ref ?? '');
  return GO_TYPES[facts.type] ?? facts.type;
}
