/**
 * Aligns tab-terminated cells like Go's text/tabwriter, which describe's look comes from: a column is a run of neighbouring
 * lines that have it; what follows a line's last tab is not padded.
 */
export function alignTabs(
  text: string,
  { padding = 2, minWidth = 0 }: { padding?: number; minWidth?: number } = {},
): string {
  const lines = text.split('\n').map((line) => line.split('\t'));
  const widths = lines.map((cells) => cells.map(() => 0));
  alignColumn({ lines, widths, column: 0, from: 0, to: lines.length, padding, minWidth });
  return lines
    .map((cells, row) =>
      cells
        .map((cell, i) =>
          i === cells.length - 1 ? cell : cell + ' '.repeat(Math.max(0, (widths[row]?.[i] ?? 0) - cell.length)),
        )
        .join(''),
    )
    .join('\n');
}

interface Block {
  lines: string[][];
  widths: number[][];
  column: number;
  from: number;
  to: number;
  padding: number;
  minWidth: number;
}

function alignColumn(block: Block): void {
  const { lines, widths, column, padding, minWidth } = block;
  for (let row = block.from; row < block.to; row++) {
    if ((lines[row]?.length ?? 0) - 1 <= column) continue;
    let end = row;
    let width = minWidth;
    while (end < block.to && (lines[end]?.length ?? 0) - 1 > column) {
      const cell = lines[end]?.[column] ?? '';
      width = Math.max(width, cell.length + padding);
      end++;
    }
    for (let i = row; i < end; i++) {
      const line = widths[i];
      if (line) line[column] = width;
    }
    alignColumn({ ...block, column: column + 1, from: row, to: end });
    row = end - 1;
  }
}
