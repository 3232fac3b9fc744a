/**
 * Prints the server's Table objects the way kubectl does: headings in capitals, wide columns on request, namespace and label
 * columns from the rows' metadata. Cells are the server's; nothing here knows a kind.
 */
import type { ObjectMeta } from '@mkube/apimachinery';
import { createTextTable, type TextTable } from './text-table.ts';

export interface WireTable {
  kind: string;
  metadata?: { resourceVersion?: string; continue?: string; remainingItemCount?: number };
  columnDefinitions?: { name: string; priority: number; type: string; format: string }[] | null;
  rows?:
    | {
        cells: unknown[];
        object?: { kind?: string; apiVersion?: string; metadata?: ObjectMeta } & Record<string, unknown>;
      }[]
    | null;
}

export interface TableOptions {
  wide: boolean;
  noHeaders: boolean;
  withNamespace: boolean;
  showLabels: boolean;
  labelColumns: readonly string[];
  /** 'pod' makes 'pod/x' of names. */
  kindPrefix?: string;
  /** ADDED, MODIFIED, … as a first column. */
  eventType?: boolean;
}

export interface TablePrinter {
  print(table: WireTable, eventType?: string): string;
}

export function createTablePrinter(options: TableOptions, text: TextTable = createTextTable()): TablePrinter {
  let columns: NonNullable<WireTable['columnDefinitions']> = [];
  let headed = options.noHeaders;
  return {
    print(table, eventType) {
      if (table.columnDefinitions?.length) columns = table.columnDefinitions;
      const shown = columns.map((c, i) => ({ ...c, index: i })).filter((c) => options.wide || c.priority === 0);
      const rows = (table.rows ?? []).map((row) => {
        const meta = row.object?.metadata;
        return [
          ...(options.eventType ? [eventType ?? ''] : []),
          ...(options.withNamespace ? [meta?.namespace ?? ''] : []),
          ...shown.map(({ index, name }) => {
            const cell = formatCell(row.cells[index]);
            return options.kindPrefix && name.toLowerCase() === 'name' ? `${options.kindPrefix}/${cell}` : cell;
          }),
          ...options.labelColumns.map((key) => meta?.labels?.[key] ?? ''),
          ...(options.showLabels ? [formatLabels(meta?.labels)] : []),
        ];
      });
      if (!headed) {
        headed = true;
        rows.unshift([
          ...(options.eventType ? ['EVENT'] : []),
          ...(options.withNamespace ? ['NAMESPACE'] : []),
          ...shown.map((c) => c.name.toUpperCase()),
          ...options.labelColumns.map((key) => (key.split('/').pop() ?? key).toUpperCase()),
          ...(options.showLabels ? ['LABELS'] : []),
        ]);
      }
      return text.print(rows);
    },
  };
}

function formatCell(cell: unknown): string {
  if (cell === null || cell === undefined) return '<none>';
  const line = typeof cell === 'object' ? JSON.stringify(cell) : String(cell as string | number | boolean);
  // What a terminal would act on is shown, not obeyed; only the first line of a message is a cell.
  const newline = line.search(/[\f\n\r]/);
  return (newline < 0 ? line : `${line.slice(0, newline)}...`).replaceAll('\u001b', '^[');
}

export function formatLabels(labels: Record<string, string> | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([k, v]) => `${k}=${v}`);
  return pairs.length === 0 ? '<none>' : pairs.toSorted((a, b) => (a < b ? -1 : 1)).join(',');
}
