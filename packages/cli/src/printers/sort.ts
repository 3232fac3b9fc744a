/** --sort-by: orders objects by a JSONPath value; numbers, quantities and times by what they mean, the rest as text. */
import { CommandError } from '../io.ts';
import { findByPath } from './jsonpath.ts';

const SUFFIXES: Record<string, number> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

export function sorterOf(expression: string, objects: readonly unknown[]): (a: unknown, b: unknown) => number {
  const values = new Map(objects.map((object) => [object, findByPath(expression, object)[0]]));
  if (objects.length > 0 && [...values.values()].every((v) => v === undefined))
    throw new CommandError(`couldn't find any field with path "${expression}" in the list of objects`);
  return (a, b) => compare(values.get(a), values.get(b));
}

function compare(a: unknown, b: unknown): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1;
  const [x, y] = [numberOf(a), numberOf(b)];
  if (x !== undefined && y !== undefined) return x - y;
  const [s, t] = [String(a as string), String(b as string)];
  return s < t ? -1 : s > t ? 1 : 0;
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  const match = typeof value === 'string' ? /^([+-]?\d+(?:\.\d+)?)([numkMGTPE]i?)?$/.exec(value) : null;
  if (!match) return undefined;
  const factor = match[2] === undefined ? 1 : SUFFIXES[match[2]];
  return factor === undefined ? undefined : Number(match[1]) * factor;
}
