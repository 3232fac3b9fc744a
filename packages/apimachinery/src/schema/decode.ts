/**
 * Decoders compiled from facts, once per type and only when first used: JSON in, canonical object out. The fast path keeps
 * no track of where it is; on a wrong value or an unknown field the slow walk of explain.ts finds the place.
 * What is canonical already is passed on as it came: neither the value given nor the one returned may be changed.
 */
import {
  type CompiledField,
  type Decode,
  arrayDecoder,
  decodeStringMap,
  droppingEmpty,
  mapDecoder,
  structDecoder,
} from './decode-containers.ts';
import { decodeScalarOf } from './decode-scalar.ts';
import type { FieldFacts, TypeFacts, ValueFacts } from './facts.ts';
import { type Types, refIn } from './types.ts';

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
    const decode: Decode = (value, seen, before) =>
      (compiled ??= compileType(types.of(typeName), typeName))(value, seen, before);
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
