import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { frameParser, lineParser, toLogRecord } from './docker/log-frames.ts';
import { createLogEncoder } from './logs.ts';

const time = new Date('2026-01-02T03:04:05.678Z');

describe('logs in the format of CRI', () => {
  it('keep the streams apart and a line whole, however it arrives', () => {
    const encoder = createLogEncoder();
    const parts = [
      encoder.write('stdout', Buffer.from('he'), time),
      encoder.write('stderr', Buffer.from('oops\n'), time),
      encoder.write('stdout', Buffer.from('llo\nrest'), time),
      encoder.end(time),
    ];
    const at = '2026-01-02T03:04:05.678000000Z';
    assert.equal(Buffer.concat(parts).toString(), `${at} stderr F oops\n${at} stdout F hello\n${at} stdout F rest\n`);
  });

  it('cut a line that is too long into partial records', () => {
    const encoder = createLogEncoder();
    const lines = encoder
      .write('stdout', Buffer.from(`${'x'.repeat(40_000)}\n`), time)
      .toString()
      .split('\n')
      .slice(0, -1);
    assert.deepEqual(
      lines.map((line) => [line.split(' ')[2], line.split(' ')[3]?.length]),
      [
        ['P', 16384],
        ['P', 16384],
        ['F', 7232],
      ],
    );
  });
});

describe('logs of Docker', () => {
  const frame = (stream: number, text: string): Buffer => {
    const head = Buffer.alloc(8);
    head.writeUInt8(stream, 0);
    head.writeUInt32BE(Buffer.byteLength(text), 4);
    return Buffer.concat([head, Buffer.from(text)]);
  };

  it('are read frame by frame, in pieces of any size', () => {
    const bytes = Buffer.concat([frame(1, 'out\n'), frame(2, 'err\n'), frame(1, '')]);
    for (const size of [1, 5, bytes.length]) {
      const seen: [string, string][] = [];
      const parse = frameParser((stream, data) => seen.push([stream, data.toString()]));
      for (let at = 0; at < bytes.length; at += size) parse(bytes.subarray(at, at + size));
      assert.deepEqual(seen, [
        ['stdout', 'out\n'],
        ['stderr', 'err\n'],
        ['stdout', ''],
      ]);
    }
  });

  it('of a terminal are read line by line', () => {
    const seen: string[] = [];
    const parse = lineParser((_, data) => seen.push(data.toString()));
    parse(Buffer.from('one\r\ntw'));
    parse(Buffer.from('o\r\n'));
    assert.deepEqual(seen, ['one\r\n', 'two\r\n']);
  });

  it('become records with their own time', () => {
    const stamp = '2026-01-02T03:04:05.000000001Z';
    assert.equal(
      toLogRecord('stdout', Buffer.from(`${stamp} hello\n`))?.record.toString(),
      `${stamp} stdout F hello\n`,
    );
    assert.equal(toLogRecord('stderr', Buffer.from(`${stamp} part`))?.record.toString(), `${stamp} stderr P part\n`);
    assert.equal(toLogRecord('stdout', Buffer.from('no time here\n')), undefined);
  });
});
