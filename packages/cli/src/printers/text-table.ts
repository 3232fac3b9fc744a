/**
 * Columns as kubectl prints them (Go's tabwriter: at least 6 wide, 3 apart, the last one not padded). Widths are remembered
 * between calls, so that the rows of a watch stay under their headings.
 */
export interface TextTable {
  /** Lines for these rows; cells are strings already. */
  print(rows: readonly (readonly string[])[]): string;
}

const MIN_WIDTH = 6;
const PADDING = 3;

export function createTextTable(): TextTable {
  const widths: number[] = [];
  return {
    print(rows) {
      for (const row of rows)
        for (let i = 0; i < row.length - 1; i++)
          widths[i] = Math.max(widths[i] ?? MIN_WIDTH, widthOf(row[i] ?? '') + PADDING);
      return rows.map((row) => `${lineOf(row, widths)}\n`).join('');
    },
  };
}

function lineOf(row: readonly string[], widths: readonly number[]): string {
  let line = '';
  for (let i = 0; i < row.length; i++) {
    const cell = row[i] ?? '';
    line += i === row.length - 1 ? cell : cell + ' '.repeat((widths[i] ?? 0) - widthOf(cell));
  }
  return line;
}

/** Characters, not bytes: enough for what names may hold. */
// eslint-disable-next-line no-control-regex -- the common case is found without counting
const widthOf = (cell: string): number => (/^[\x00-\x7f]*$/.test(cell) ? cell.length : Array.from(cell).length);
