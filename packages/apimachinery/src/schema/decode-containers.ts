/** Decoders of structs, lists and maps, over the decoders of what they hold. */
import { isJsonObject } from '../own.ts';
import { type DecodeScalar, WrongValue } from './decode-scalar.ts';
import type { FieldFacts } from './facts.ts';
import { structInOrder } from './struct-in-order.ts';

/** What one decode found on its way. */
export interface Seen {
  unknown: boolean;
}

export type Decode = (value: unknown, seen: Seen) => unknown;

export interface CompiledField {
  readonly name: string;
  /** Returns undefined for a value that is not written. */
  readonly decode: Decode;
  /** The value written where the field is absent. */
  readonly zero: (() => unknown) | undefined;
}

/**
 * Goes over the keys that are there, not over all that could be. An object that is canonical already is passed on as it is:
 * bodies are parsed afresh and never changed, so most leaves need no copy.
 */
export function structDecoder(fields: readonly CompiledField[]): Decode {
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

export function arrayDecoder(decode: Decode, zero: () => unknown): Decode {
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

export function mapDecoder(decode: Decode, zero: () => unknown): Decode {
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
export const decodeStringMap: DecodeScalar = (value) => {
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

export function droppingEmpty(decode: Decode, facts: FieldFacts): Decode {
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
