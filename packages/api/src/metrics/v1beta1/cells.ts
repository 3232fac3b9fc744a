/** The row of a node or pod in a Table of metrics, as metrics-server gives it: name, cpu, memory, window. */
import { type Cell, type ObjectMeta, type Quantity, addQuantity, formatQuantity } from '@mkube/apimachinery';
import type { ColumnFacts } from '../../resource-facts.ts';

export const METRICS_COLUMNS: readonly ColumnFacts[] = [
  ['Name', 'string', 'name', 0],
  ['cpu', 'string', 'quantity', 0],
  ['memory', 'string', 'quantity', 0],
  ['Window', 'string', 'duration', 0],
];

interface Measured {
  metadata: ObjectMeta;
  window: string;
}

export const metricsCells = (
  { metadata, window }: Measured,
  usages: readonly Readonly<Record<string, Quantity>>[],
): Cell[] => [metadata.name, sumOf(usages, 'cpu'), sumOf(usages, 'memory'), window];

const sumOf = (usages: readonly Readonly<Record<string, Quantity>>[], resource: string): string =>
  usages
    .map((usage) => usage[resource] ?? '0')
    .reduce<Quantity>((sum, amount) => formatQuantity(addQuantity(sum, amount)), '0');
