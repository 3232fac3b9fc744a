/** Amounts that `top` shows: millicores and mebibytes, sums, shares. Pure. */
import { milliValueOf, parseQuantity } from '@mkube/apimachinery';

export interface Usage {
  cpu?: string;
  memory?: string;
}

/** In thousandths of a core, and bytes. */
export interface Amount {
  cpu: number;
  memory: number;
}

export const amountOf = ({ cpu = '0', memory = '0' }: Usage): Amount => ({
  cpu: Number(parseQuantity(cpu).nanos) / 1e6,
  memory: milliValueOf(memory) / 1000,
});

export function totalOf(usages: readonly Usage[]): Amount {
  return usages.map(amountOf).reduce(addAmounts, { cpu: 0, memory: 0 });
}

export const addAmounts = (a: Amount, b: Amount): Amount => ({ cpu: a.cpu + b.cpu, memory: a.memory + b.memory });

export const cells = ({ cpu, memory }: Amount): [string, string] => [
  `${Math.ceil(cpu)}m`,
  `${Math.trunc(memory / (1024 * 1024))}Mi`,
];

/** '12%' */
export const share = (part: number, whole: number): string =>
  `${whole === 0 ? 0 : Math.trunc((Math.ceil(part) / whole) * 100)}%`;

/** Largest first by what was asked for, else by name. */
export function sortRows<T extends { key: string; amount: Amount }>(rows: readonly T[], by: string | undefined): T[] {
  const byName = (a: T, b: T): number => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
  if (by !== 'cpu' && by !== 'memory') return rows.toSorted(byName);
  return rows.toSorted((a, b) => b.amount[by] - a.amount[by] || byName(a, b));
}
