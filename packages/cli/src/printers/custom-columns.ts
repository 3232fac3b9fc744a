/** -o custom-columns=NAME:.metadata.name,…: headings and JSONPath expressions; what is missing prints <none>. */
import { CommandError } from '../io.ts';
import { findByPath } from './jsonpath.ts';
import { createTextTable } from './text-table.ts';

export interface CustomColumn {
  header: string;
  path: string;
}

export function parseCustomColumns(spec: string): CustomColumn[] {
  if (!spec) throw new CommandError('custom-columns format specified but no custom columns given');
  return spec.split(/,(?![^[]*\])/).map((part) => {
    const colon = part.indexOf(':');
    if (colon < 0)
      throw new CommandError(`unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>`);
    return { header: part.slice(0, colon), path: part.slice(colon + 1) };
  });
}

export function createCustomColumnsPrinter(
  columns: readonly CustomColumn[],
  { noHeaders }: { noHeaders: boolean },
): (objects: readonly unknown[]) => string {
  const table = createTextTable();
  let headed = noHeaders;
  return (objects) => {
    const rows = objects.map((object) => columns.map(({ path }) => cell(findByPath(path, object))));
    if (!headed) rows.unshift(columns.map((c) => c.header));
    headed = true;
    return table.print(rows);
  };
}

function cell(values: unknown[]): string {
  if (values.length === 0) return '<none>';
  return values
    .map((v) => (v === null || v === undefined ? '<none>' : typeof v === 'object' ? goMap(v) : String(v as string)))
    .join(',');
}

/** Go prints nested values as map[a:b] and [a b]. */
function goMap(value: object): string {
  if (Array.isArray(value))
    return `[${value.map((v) => (v !== null && typeof v === 'object' ? goMap(v as object) : String(v))).join(' ')}]`;
  const pairs = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `map[${pairs.map(([k, v]) => `${k}:${v !== null && typeof v === 'object' ? goMap(v as object) : String(v)}`).join(' ')}]`;
}
