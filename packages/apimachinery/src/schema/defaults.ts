/**
 * Defaults compiled from facts: a type's own rule first, then its declared defaults, then its children, as Kubernetes'
 * generated code goes. Copies only what changes, and keeps the facts' order of keys. Types below which nothing has a
 * default are not walked at all.
 */
import type { DefaultsSource, TypeFacts, ValueFacts } from './facts.ts';
import type { Types } from './types.ts';

type Struct = Readonly<Record<string, unknown>>;
export type ApplyDefaults = (value: unknown) => unknown;

interface DefaultedField {
  readonly name: string;
  readonly default: unknown;
  readonly child: ApplyDefaults | undefined;
}

/** Appliers by type name; undefined where nothing in the type has a default. */
export function createDefaulters(types: Types, rules: DefaultsSource): (typeName: string) => ApplyDefaults | undefined {
  const known = new Map<string, ApplyDefaults | undefined>();
  return defaulterOf;

  function defaulterOf(typeName: string): ApplyDefaults | undefined {
    if (known.has(typeName)) return known.get(typeName);
    // a type that contains itself is walked, whether or not it has defaults
    known.set(typeName, (value) => (compiled ? compiled(value) : value));
    const compiled = compileType(types.of(typeName), typeName);
    known.set(typeName, compiled);
    return compiled;
  }

  function compileType(facts: TypeFacts, name: string): ApplyDefaults | undefined {
    const all = Object.entries(facts.fields ?? {}).toSorted(([, a], [, b]) => a.i - b.i);
    const fields = all
      .map(([field, of]): DefaultedField => ({ name: field, default: of.default, child: childOf(of) }))
      .filter((field) => field.default !== undefined || field.child);
    const rule = rules(name);
    if (fields.length === 0 && !rule) return undefined;
    const order = all.map(([field]) => field);
    return (value) => {
      const ruled = rule ? rule(value as Struct) : (value as Struct);
      const changes = changesOf(fields, ruled);
      return ruled === value && !changes ? value : inOrder(order, ruled, changes);
    };
  }

  function childOf(facts: ValueFacts): ApplyDefaults | undefined {
    if (facts.type === 'ref') return defaulterOf(facts.ref ?? '');
    if (facts.type === 'array' && facts.items) return over(childOf(facts.items), mapArray);
    if (facts.type === 'map' && facts.values) return over(childOf(facts.values), mapValues);
    return undefined;
  }
}

const over = (
  child: ApplyDefaults | undefined,
  map: (value: unknown, child: ApplyDefaults) => unknown,
): ApplyDefaults | undefined => child && ((value) => map(value, child));

function changesOf(fields: readonly DefaultedField[], object: Struct): Record<string, unknown> | undefined {
  let changes: Record<string, unknown> | undefined;
  for (const { name, default: missing, child } of fields) {
    const value = object[name];
    if (value == null) {
      if (missing !== undefined) (changes ??= {})[name] = missing;
    } else if (child) {
      const next = child(value);
      if (next !== value) (changes ??= {})[name] = next;
    }
  }
  return changes;
}

function inOrder(order: readonly string[], object: Struct, changes: Struct | undefined): Struct {
  const out: Record<string, unknown> = {};
  for (const name of order) {
    const changed = changes?.[name];
    const value = changed === undefined ? object[name] : changed;
    if (value !== undefined) out[name] = value;
  }
  return out;
}

function mapArray(value: unknown, child: ApplyDefaults): unknown {
  const list = value as readonly unknown[];
  let out: unknown[] | undefined;
  for (const [i, item] of list.entries()) {
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
