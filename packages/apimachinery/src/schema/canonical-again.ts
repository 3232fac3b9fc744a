/**
 * Makes canonical what a rule built anew, guided by what was there before: whatever is still the same object is left as it
 * is, so that the cost is that of the rule's own changes.
 */
import type { Decode } from './decode-containers.ts';
import type { Decoders } from './decode.ts';
import type { TypeFacts, ValueFacts } from './facts.ts';
import { structInOrder } from './struct-in-order.ts';
import type { Types } from './types.ts';

type Struct = Readonly<Record<string, unknown>>;
export type CanonicalAgain = (next: unknown, before: unknown) => unknown;

/** By the facts of a value; undefined for scalars, which rules write as they are to be. */
export function createCanonicalAgain(
  types: Types,
  decoders: Decoders,
): (facts: ValueFacts) => CanonicalAgain | undefined {
  const known = new Map<string, CanonicalAgain>();
  return ofValue;

  function ofValue(facts: ValueFacts): CanonicalAgain | undefined {
    if (facts.type !== 'ref' && facts.type !== 'array' && facts.type !== 'map') return undefined;
    const decode = decoders.ofValue(facts);
    const again =
      facts.type === 'ref'
        ? ofType(facts.ref ?? '')
        : facts.type === 'array' && facts.items
          ? ofItems(facts.items, decode)
          : undefined;
    return (next, before) => {
      if (next === before || next == null) return next;
      return before == null || !again ? decode(next, { unknown: false }) : again(next, before);
    };
  }

  function ofType(name: string): CanonicalAgain | undefined {
    const facts = types.of(name);
    if (facts.kind === 'scalar') return undefined;
    let compiled: CanonicalAgain | undefined;
    const again = known.get(name) ?? ((next, before) => (compiled ??= ofStruct(facts))(next, before));
    known.set(name, again);
    return again;
  }

  function ofStruct({ fields = {} }: TypeFacts): CanonicalAgain {
    const all = Object.entries(fields).toSorted(([, a], [, b]) => a.i - b.i);
    const order = all.map(([name]) => name);
    const byName = new Map(all.map(([name, of], i) => [name, { i, again: ofValue(of) }]));
    return (next, before) => {
      const [object, old] = [next as Struct, before as Struct];
      const places: number[] = [];
      const values: unknown[] = [];
      let kept = true;
      for (const name in object) {
        const field = byName.get(name);
        if (!field || object[name] === undefined) {
          kept = false;
          continue;
        }
        const value = field.again ? field.again(object[name], old[name]) : object[name];
        if (value !== object[name] || field.i < (places.at(-1) ?? -1)) kept = false;
        places.push(field.i);
        values.push(value);
      }
      return kept ? next : structInOrder(order, places, values);
    };
  }

  /** Items of a list that kept its length are the same ones. */
  function ofItems(items: ValueFacts, decode: Decode): CanonicalAgain {
    const again = ofValue(items);
    return (next, before) => {
      const [list, old] = [next as readonly unknown[], before as readonly unknown[]];
      if (!again) return list;
      if (list.length !== old.length) return decode(list, { unknown: false });
      const done = list.map((item, i) => again(item, old[i]));
      return done.every((item, i) => item === list[i]) ? list : done;
    };
  }
}
