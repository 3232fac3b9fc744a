/**
 * Whether the node has room for a pod that is new to it: pods can come past the scheduler, or two schedulers can meet here.
 * Pure. What does not fit fails, as upstream has it; what was let in once stays.
 */
import type { Pod } from '@mkube/api';
import { milliValueOf, valueOf } from '@mkube/apimachinery';
import { initContainersOf } from './spec.ts';

/** Milli CPUs for cpu, whole units for the rest. */
export type Amounts = Readonly<Record<string, number>>;

export interface Refusal {
  reason: string;
  message: string;
}

export function admit(wanted: Amounts, present: readonly Amounts[], allocatable: Amounts): Refusal | undefined {
  const pods = allocatable.pods ?? Infinity;
  if (present.length + 1 > pods) return refusal('pods', 1, present.length, pods);
  for (const [name, amount] of Object.entries(wanted)) {
    const used = present.reduce((sum, amounts) => sum + (amounts[name] ?? 0), 0);
    const capacity = allocatable[name] ?? 0;
    if (amount > 0 && used + amount > capacity) return refusal(name, amount, used, capacity);
  }
  return undefined;
}

const refusal = (name: string, requested: number, used: number, capacity: number): Refusal => ({
  reason: `OutOf${name}`,
  message: `Pod was rejected: Node didn't have enough resource: ${name}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
});

/** The most that a pod needs at any moment: its containers together, or one init container beside the sidecars before it. */
export function requestsOf({ spec, ...rest }: Pod): Amounts {
  const pod = { spec, ...rest };
  const main = spec.containers.reduce((sum, { resources }) => add(sum, amountsOf(resources?.requests)), {});
  let sidecars: Amounts = {};
  let most: Amounts = {};
  for (const { kind, spec: container } of initContainersOf(pod)) {
    const own = amountsOf(container.resources?.requests);
    if (kind === 'sidecar') sidecars = add(sidecars, own);
    most = larger(most, kind === 'sidecar' ? sidecars : add(sidecars, own));
  }
  return add(larger(add(main, sidecars), most), amountsOf(spec.overhead));
}

export const amountsOf = (quantities: Record<string, string> = {}): Amounts =>
  Object.fromEntries(
    Object.entries(quantities).map(([name, quantity]) => [
      name,
      name === 'cpu' ? milliValueOf(quantity) : valueOf(quantity),
    ]),
  );

const merged = (a: Amounts, b: Amounts, of: (x: number, y: number) => number): Amounts =>
  Object.fromEntries(
    [...new Set([...Object.keys(a), ...Object.keys(b)])].map((name) => [name, of(a[name] ?? 0, b[name] ?? 0)]),
  );
const add = (a: Amounts, b: Amounts): Amounts => merged(a, b, (x, y) => x + y);
const larger = (a: Amounts, b: Amounts): Amounts => merged(a, b, Math.max);
