/**
 * Defaults compiled from facts: a type's own rule first, then its declared defaults, then its children, as Kubernetes'
 * generated code goes. Copies only what changes, and keeps the facts' order of keys: what a rule puts in place of an object
 * or a list is made canonical again. Types below which nothing has a default are not walked at all.
 */
import type { CanonicalAgain } from './canonical-again.ts';
import type { DefaultsSource, TypeFacts, ValueFacts } from './facts.ts';
import { type Made, structInOrder } from './struct-in-order.ts';
import { isJsonObject } from '../own.ts';
import type { Types } from './types.ts';

type Struct = Readonly<Record<string, unknown>>;
/** `settled`: a value that has its defaults. What is still the same in it is passed on unseen. */
export type ApplyDefaults = (value: unknown, settled?: unknown) => unknown;

interface Field {
  readonly i: number;
  readonly child: ApplyDefaults | undefined;
  /** Where a rule may replace it. */
  readonly again: CanonicalAgain | undefined;
}
interface DeclaredDefault {
  readonly i: number;
  readonly name: string;
  readonly value: unknown;
}

/** Appliers by type name; undefined where nothing in the type has a default. */
export function createDefaulters(
  types: Types,
  { rules, again }: { rules: DefaultsSource; again: (facts: ValueFacts) => CanonicalAgain | undefined },
): (typeName: string) => ApplyDefaults | undefined {
  const known = new Map<string, ApplyDefaults | undefined>();
  return defaulterOf;

  function defaulterOf(typeName: string): ApplyDefaults | undefined {
    if (known.has(typeName)) return known.get(typeName);
    // a type that contains itself is walked, whether or not it has defaults
    known.set(typeName, (value, settled) => (compiled ? compiled(value, settled) : value));
    const compiled = compileType(types.of(typeName), typeName);
    known.set(typeName, compiled);
    return compiled;
  }

  function compileType(facts: TypeFacts, name: string): ApplyDefaults | undefined {
    const all = Object.entries(facts.fields ?? {}).toSorted(([, a], [, b]) => a.i - b.i);
    const rule = rules(name);
    const fields = new Map(
      all.map(([field, of], i): [string, Field] => [field, { i, child: childOf(of), again: rule && again(of) }]),
    );
    const declared = all.flatMap(([field, of], i): DeclaredDefault[] =>
      of.default === undefined ? [] : [{ i, name: field, value: of.default }],
    );
    if (!rule && declared.length === 0 && [...fields.values()].every(({ child }) => !child)) return undefined;
    const order = all.map(([field]) => field);
    return (value, settled) => {
      const before = value as Struct;
      const ruled = rule ? rule(before) : before;
      return applyToStruct({ fields, declared, order, before, ruled, settled: structOf(settled) }) ?? value;
    };
  }

  function childOf(facts: ValueFacts): ApplyDefaults | undefined {
    if (facts.type === 'ref') return defaulterOf(facts.ref ?? '');
    if (facts.type === 'array' && facts.items) return over(childOf(facts.items), mapArray);
    if (facts.type === 'map' && facts.values) return over(childOf(facts.values), mapValues);
    return undefined;
  }
}

const NOTHING: Struct = {};
const structOf = (value: unknown): Struct => (isJsonObject(value) ? value : NOTHING);

const over = (
  child: ApplyDefaults | undefined,
  map: (value: unknown, child: ApplyDefaults) => unknown,
): ApplyDefaults | undefined => child && ((value) => map(value, child));

interface StructDefaults {
  fields: ReadonlyMap<string, Field>;
  declared: readonly DeclaredDefault[];
  order: readonly string[];
  before: Struct;
  ruled: Struct;
  settled: Struct;
}

/** Undefined where nothing changes: nothing is made until something does. */
function applyToStruct(options: StructDefaults): Struct | undefined {
  const { fields, declared, order, before, ruled, settled } = options;
  let made: Made | undefined = ruled === before ? undefined : { places: [], values: [] };
  for (const key in ruled) {
    const field = fields.get(key);
    if (field === undefined || ruled[key] == null) continue;
    const value = field.again ? field.again(ruled[key], before[key]) : ruled[key];
    const next = field.child && value !== settled[key] ? field.child(value, settled[key]) : value;
    if (next !== value) made ??= madeUpTo(key, options);
    made?.places.push(field.i);
    made?.values.push(next);
  }
  for (const { i, name, value } of declared) {
    if (ruled[name] != null) continue;
    made ??= madeUpTo(undefined, options);
    made.places.push(i);
    made.values.push(value);
  }
  return made && structInOrder(order, made.places, made.values);
}

/** The fields before this one, all of which stay as they are. */
function madeUpTo(end: string | undefined, { fields, ruled }: StructDefaults): Made {
  const made: Made = { places: [], values: [] };
  for (const key in ruled) {
    if (key === end) break;
    const field = fields.get(key);
    if (field === undefined || ruled[key] == null) continue;
    made.places.push(field.i);
    made.values.push(ruled[key]);
  }
  return made;
}

function mapArray(value: unknown, child: ApplyDefaults): unknown {
  const list = value as readonly unknown[];
  let out: unknown[] | undefined;
  for (let i = 0; i < list.length; i++) {
    const item = list[i];
    const next = item == null ? item : child(item);
    if (next !== item) (out ??= [...list])[i] = next;
  }
  return out ?? value;
}

function mapValues(value: unknown, child: ApplyDefaults): unknown {
  const entries = Object.entries(value as Struct);
  const next = entries.map(([key, item]): [string, unknown] => [key, item == null ? item : child(item)]);
  return next.some(([, item], i) => item !== entries[i]?.[1]) ? Object.fromEntries(next) : value;
}
