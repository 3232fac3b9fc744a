import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alignTabs } from './tab-writer.ts';
import { createTablePrinter, type TableOptions, type WireTable } from './table.ts';

const options: TableOptions = {
  wide: false,
  noHeaders: false,
  withNamespace: false,
  showLabels: false,
  labelColumns: [],
};
const column = (name: string, priority = 0) => ({ name, priority, type: 'string', format: '' });
const row = (...cells: unknown[]) => ({
  cells,
  object: { metadata: { name: String(cells[0]), namespace: 'default', labels: { run: 'a' } } as never },
});
const table: WireTable = {
  kind: 'Table',
  columnDefinitions: [column('Name'), column('Ready'), column('Age'), column('Node', 1)],
  rows: [row('hello', '1/1', '5s', 'node-1'), row('a-longer-name', '0/1', null, 'node-2')],
};

test('pads columns to three more than the longest, six at least, and the last not at all', () => {
  assert.equal(
    createTablePrinter(options).print(table),
    'NAME            READY   AGE\nhello           1/1     5s\na-longer-name   0/1     <none>\n',
  );
});

test('shows wide columns, namespaces and labels when asked to', () => {
  const text = createTablePrinter({ ...options, wide: true, withNamespace: true, showLabels: true }).print(table);
  assert.match(text, /^NAMESPACE   NAME            READY   AGE      NODE     LABELS\ndefault     hello/);
});

test('prints headings once and keeps widths over the rows of a watch', () => {
  const printer = createTablePrinter(options);
  printer.print(table);
  assert.equal(printer.print({ kind: 'Table', rows: [row('hello', '1/1', '6s')] }), 'hello           1/1     6s\n');
});

test('shows escape characters instead of sending them to the terminal', () => {
  assert.match(
    createTablePrinter(options).print({ ...table, rows: [row('x\u001b[31m', 'a\nb', '1s')] }),
    /x\^\[\[31m\s+a\.\.\./,
  );
});

test('aligns tabs by runs of lines that share a column', () => {
  assert.equal(
    alignTabs('Name:\tx\nLonger name:\ty\nHead:\n  In:\tz\n'),
    'Name:         x\nLonger name:  y\nHead:\n  In:  z\n',
  );
});
