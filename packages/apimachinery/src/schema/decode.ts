/**
 * Decoders compiled from facts, once per type and only when first used: JSON in, canonical object out. The fast path keeps
 * no track of where it is; on a wrong value or an unknown field the slow walk of explain.ts finds the place.
 * What is canonical already is passed on as it came: neither the value given nor the one returned may be changed.
 */
import { isJsonObject } from '../own.ts';
import { type DecodeScalar, WrongValue, decodeScalarOf } from './decode-scalar.ts';
import type { FieldFacts, TypeFacts, ValueFacts } from './facts.ts';
import { structInOrder } from './struct-in-order.ts';
import { type Types, refIn } from './types.ts';

/** What one decode found on its way. */
export interface Seen {
  unknown: boolean;
}

export type Decode = (value: unknown, seen: Seen) => unknown;

interface CompiledField {
  readonly name: string;
  /** Returns undefined for a value that is not written. */
  readonly decode: Decode;
  /** The value written where the field is absent. */
  readonly zero: (() => unknown) | undefined;
}

export interface Decoders {
  /** By type name; a type is compiled when the first value of it comes by. */
  ofType(typeName: string): Decode;
  /** Of a field's or an item's value. */
  ofValue(facts: ValueFacts): Decode;
}

export function createDecoders(types: Types): Decoders {
  const known = new Map<string, Decode>();
  return { ofType: decoderOf, ofValue: compileValue };

  function decoderOf(typeName: string): Decode {
    const found = known.get(typeName);
    if (found) return found;
    let compiled: Decode | undefined;
    const decode: Decode = (value, seen) => (compiled ??= compileType(types.of(typeName), typeName))(value, seen);
    known.set(typeName, decode);
    return decode;
  }

  function compileType(facts: TypeFacts, name: string): Decode {
    if (facts.kind === 'scalar') return compileScalarType(facts, name);
    const fields = Object.entries(facts.fields ?? {})
      .toSorted(([, a], [, b]) => a.i - b.i)
      .map(([field, of]) => compileField(field, of));
    return structDecoder(fields);
  }

  /** Scalars of apiextensions are a type or something else: JSONSchemaProps or a boolean, a list of either, any JSON. */
  function compileScalarType(facts: TypeFacts, name: string): Decode {
    const scalar = decodeScalarOf(facts.type ?? 'any');
    const nested = facts.oneOf?.find((option) => option !== 'any' && !option.endsWith('[]') && option !== 'boolean');
    if (nested === undefined) return scalar;
    const ofObject = decoderOf(refIn(name, nested));
    const ofList = facts.oneOf?.includes(`${nested}[]`) ? arrayDecoder(ofObject, () => ({})) : scalar;
    return (value, seen) => {
      if (Array.isArray(value)) return ofList(value, seen);
      return typeof value === 'object' ? ofObject(value, seen) : scalar(value);
    };
  }

  function compileField(name: string, facts: FieldFacts): CompiledField {
    const decode = compileValue(facts);
    const zero = facts.emit === 'always' ? zeroOfField(facts) : undefined;
    return { name, decode: facts.emit === 'nonempty' ? droppingEmpty(decode, facts) : decode, zero };
  }

  function compileValue(facts: ValueFacts): Decode {
    if (facts.type === 'ref') return decoderOf(facts.ref ?? '');
    if (facts.type === 'array') return arrayDecoder(compileValue(itemsOf(facts)), zeroOf(itemsOf(facts)));
    if (facts.type === 'map') return compileMap(valuesOf(facts));
    return decodeScalarOf(facts.type);
  }

  function compileMap(values: ValueFacts): Decode {
    if (values.type === 'string') return decodeStringMap;
    const decode = values.type === 'quantity' ? decodeScalarOf('quantity', { milli: true }) : compileValue(values);
    return mapDecoder(decode, zeroOf(values));
  }

  function zeroOfField(facts: FieldFacts): (() => unknown) | undefined {
    const pointer = !facts.zeroDefault && !facts.required;
    if (pointer) return undefined;
    if (facts.type === 'ref') return facts.zeroDefault ? zeroOf(facts) : undefined;
    return ZEROLESS.has(facts.type) || (facts.type === 'string' && !facts.zeroDefault) ? undefined : zeroOf(facts);
  }

  /** Go's zero value, as it is written. */
  function zeroOf(facts: ValueFacts): () => unknown {
    if (facts.type === 'ref') {
      const of = types.of(facts.ref ?? '');
      if (of.kind === 'scalar') return () => undefined;
      const decode = decoderOf(facts.ref ?? '');
      return () => decode({}, { unknown: false });
    }
    return ZEROS[facts.type] ?? (() => undefined);
  }
}

/** Types whose nil value is null in Go: left out where absent, as the server does with null. */
const ZEROLESS: ReadonlySet<string> = new Set(['time', 'microtime', 'bytes', 'object', 'any', 'duration', 'quantity']);

const ZEROS: Readonly<Record<string, () => unknown>> = {
  string: () => '',
  integer: () => 0,
  int64: () => 0,
  number: () => 0,
  boolean: () => false,
  'int-or-string': () => 0,
  quantity: () => '0',
  array: () => [],
  map: () => ({}),
  bytes: () => '',
};

const itemsOf = (facts: ValueFacts): ValueFacts => facts.items ?? { type: 'any' };
const valuesOf = (facts: ValueFacts): ValueFacts => facts.values ?? { type: 'any' };

/**
 * Goes over the keys that are there, not over all that could be. An object that is canonical already is passed on as it is:
 * bodies are parsed afresh and never changed, so most leaves need no copy.
 */
function structDecoder(fields: readonly CompiledField[]): Decode {
  const order = fields.map(({ name }) => name);
  const byName = new Map(fields.map((field, i) => [field.name, { ...field, i }]));
  const always = fields.flatMap(({ zero }, i) => (zero ? [{ zero, i }] : []));
  return (value, seen) => {
    if (!isJsonObject(value)) throw new WrongValue();
    const places: number[] = [];
    const values: unknown[] = [];
    let kept = true;
    let last = -1;
    for (const key in value) {
      const field = byName.get(key);
      if (field === undefined) seen.unknown = true;
      const raw = value[key];
      const decoded = field === undefined || raw == null ? undefined : field.decode(raw, seen);
      if (field === undefined || decoded === undefined || decoded !== raw || field.i < last) kept = false;
      if (field === undefined || decoded === undefined) continue;
      places.push((last = field.i));
      values.push(decoded);
    }
    for (const { i, zero } of always) {
      if (places.includes(i)) continue;
      kept = false;
      places.push(i);
      values.push(zero());
    }
    return kept ? value : structInOrder(order, places, values);
  };
}

function arrayDecoder(decode: Decode, zero: () => unknown): Decode {
  return (value, seen) => {
    if (!Array.isArray(value)) throw new WrongValue();
    let out: unknown[] | undefined;
    for (let i = 0; i < value.length; i++) {
      const item: unknown = value[i];
      const decoded = item == null ? (zero() ?? null) : decode(item, seen);
      if (decoded !== item) (out ??= [...(value as unknown[])])[i] = decoded;
    }
    return out ?? value;
  };
}

function mapDecoder(decode: Decode, zero: () => unknown): Decode {
  return (value, seen) => {
    if (!isJsonObject(value)) throw new WrongValue();
    const entries = sortedKeys(value).map((key): [string, unknown] => {
      const item = value[key];
      return [key, item == null ? (zero() ?? null) : decode(item, seen)];
    });
    // unlike assignment, this makes `__proto__` a key like any other
    return Object.fromEntries(entries);
  };
}

/** Labels, annotations, data: kept as they are when nothing has to change. */
const decodeStringMap: DecodeScalar = (value) => {
  if (!isJsonObject(value)) throw new WrongValue();
  let last = '';
  let kept = true;
  for (const key in value) {
    const item = value[key];
    if (typeof item !== 'string') {
      if (item !== null) throw new WrongValue();
      kept = false;
    }
    if (key < last) kept = false;
    last = key;
  }
  return kept ? value : Object.fromEntries(sortedKeys(value).map((key) => [key, value[key] ?? '']));
};

const sortedKeys = (value: object): string[] => Object.keys(value).toSorted();

function droppingEmpty(decode: Decode, facts: FieldFacts): Decode {
  if (facts.type !== 'array' && facts.type !== 'map') return (value, seen) => decode(value, seen) || undefined;
  const isEmpty = facts.type === 'map' ? isEmptyObject : (out: unknown) => (out as unknown[]).length === 0;
  return (value, seen) => {
    const out = decode(value, seen);
    return isEmpty(out) ? undefined : out;
  };
}

function isEmptyObject(value: unknown): boolean {
  for (const _ in value as object) return false;
  return true;
}
