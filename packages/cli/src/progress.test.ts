import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import type { Io } from './io.ts';
import { createProgressPrinter } from './progress.ts';

function recorded(isTerminal: boolean): { io: Io; text(): string } {
  let text = '';
  const nothing = async (): Promise<void> => undefined;
  const io: Io = {
    stdin: new PassThrough(),
    out: () => assert.fail('progress is for stderr'),
    err: (line) => void (text += line),
    outBytes: nothing,
    errBytes: nothing,
    isTerminal,
    env: { NO_COLOR: '1' },
    cwd: '/',
    now: () => new Date(0),
    signal: new AbortController().signal,
  };
  return { io, text: () => text };
}

const steps = (io: Io): void => {
  const printer = createProgressPrinter(io);
  printer.print({ step: 'a', text: 'First', state: 'started' });
  printer.print({ step: 'a', text: 'First', state: 'done', elapsedMs: 12 });
  printer.print({ step: 'n', text: 'By the way', state: 'note' });
  printer.print({ step: 'b', text: 'Second', state: 'started' });
  printer.print({ step: 'b', text: 'Second', state: 'failed', elapsedMs: 1500 });
  printer.end();
};

test('in a pipe progress is a plain line per finished step', () => {
  const { io, text } = recorded(false);
  steps(io);
  assert.equal(text(), '✓ First 12 ms\nBy the way\n✗ Second 1.5 s\n');
});

test('on a terminal a step is one line that is drawn over, and notes stand above', () => {
  const { io, text } = recorded(true);
  steps(io);
  const screen = draw(text());
  assert.deepEqual(screen, ['By the way', '✓ First 12 ms', '✗ Second 1.5 s']);
  assert.match(text(), /… First\n/);
});

/** What a terminal shows at the end of the two movements that the printer uses. */
function draw(text: string): string[] {
  const lines: string[] = [];
  let row = 0;
  // eslint-disable-next-line no-control-regex -- these are the movements
  for (const part of text.match(/\u001b\[\d*[A-Z]|[^\u001b]+/g) ?? []) {
    if (part.endsWith('A') && part.startsWith('\u001b')) row -= Number(part.slice(2, -1));
    else if (part === '\u001b[J') lines.length = row;
    else if (part.startsWith('\u001b')) continue;
    else for (const line of part.split('\n').slice(0, -1)) lines[row++] = line;
  }
  return lines;
}
