/** Decoders of structs, lists and maps, over the decoders of what they hold. */
import { type JsonObject, isJsonObject } from '../own.ts';
import { type DecodeScalar, WrongValue } from './decode-scalar.ts';
import type { FieldFacts } from './facts.ts';
import { type Made, structInOrder } from './struct-in-order.ts';

/** What one decode found on its way. */
export interface Seen {
  unknown: boolean;
}

/**
 * `before`: a value of the same type that was decoded already. What is still the same in it is passed on unseen, so that
 * decoding what was changed a little costs little.
 */
export type Decode = (value: unknown, seen: Seen, before?: unknown) => unknown;

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
  const always = fields.flatMap(({ name, zero }, i) => (zero ? [{ name, zero, i }] : []));
  return (value, seen, before) => {
    if (!isJsonObject(value)) throw new WrongValue();
    const old = isJsonObject(before) ? before : NOTHING;
    // nothing is made while all is as it should be
    let made: Made | undefined;
    let last = -1;
    for (const key in value) {
      const field = byName.get(key);
      if (field === undefined) seen.unknown = true;
      const raw = value[key];
      const decoded =
        field === undefined || raw == null ? undefined : raw === old[key] ? raw : field.decode(raw, seen, old[key]);
      if (made === undefined && (field === undefined || decoded === undefined || decoded !== raw || field.i < last))
        made = madeUpTo(key, value);
      if (field === undefined || decoded === undefined) continue;
      last = field.i;
      made?.places.push(field.i);
      made?.values.push(decoded);
    }
    for (const { i, name, zero } of always) {
      if (made ? made.places.includes(i) : value[name] != null) continue;
      made ??= madeUpTo(undefined, value);
      made.places.push(i);
      made.values.push(zero());
    }
    return made ? structInOrder(order, made.places, made.values) : value;
  };

  /** The fields before this one, all of which are kept as they are. */
  function madeUpTo(end: string | undefined, value: JsonObject): Made {
    const made: Made = { places: [], values: [] };
    for (const key in value) {
      if (key === end) break;
      made.places.push(byName.get(key)?.i ?? 0);
      made.values.push(value[key]);
    }
    return made;
  }
}

export function arrayDecoder(decode: Decode, zero: () => unknown): Decode {
  return (value, seen, before) => {
    if (!Array.isArray(value)) throw new WrongValue();
    const old: readonly unknown[] = Array.isArray(before) ? before : NO_ITEMS;
    let out: unknown[] | undefined;
    for (let i = 0; i < value.length; i++) {
      const item: unknown = value[i];
      const was = old[i];
      const decoded = item == null ? (zero() ?? null) : item === was ? item : decode(item, seen, was);
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

const NOTHING: JsonObject = Object.freeze(Object.create(null) as JsonObject);
const NO_ITEMS: readonly unknown[] = [];
const sortedKeys = (value: object): string[] => Object.keys(value).toSorted();

export function droppingEmpty(decode: Decode, facts: FieldFacts): Decode {
  if (facts.type !== 'array' && facts.type !== 'map')
    return (value, seen, before) => decode(value, seen, before) || undefined;
  const isEmpty = facts.type === 'map' ? isEmptyObject : (out: unknown) => (out as unknown[]).length === 0;
  return (value, seen, before) => {
    const out = decode(value, seen, before);
    return isEmpty(out) ? undefined : out;
  };
}

function isEmptyObject(value: unknown): boolean {
  for (const _ in value as object) return false;
  return true;
}
