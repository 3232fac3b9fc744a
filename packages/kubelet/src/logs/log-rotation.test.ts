import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { createManualClock } from '@mkube/client';
import type { Runtime } from '@mkube/runtime';
import { type LogOptions, readLog } from './read-log.ts';
import { eventually } from '../testing/node.test.ts';
import { statusOf } from '../testing/pods.test.ts';
import { rotateLogs } from './log-rotation.ts';

const line = (n: number): string => `2025-06-01T12:00:${String(n).padStart(2, '0')}.000000000Z stdout F line ${n}\n`;

describe('the rotation of a log', () => {
  let folder = '';
  let logPath = '';
  const clock = createManualClock(new Date('2025-06-01T12:00:00Z'));
  before(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), 'mkube-logs-'));
    logPath = path.join(folder, '0.log');
  });
  after(() => fs.rm(folder, { recursive: true, force: true }));

  const runtime = { reopenContainerLog: () => fs.appendFile(logPath, '') } as unknown as Runtime;
  const rotate = async (): Promise<void> => {
    clock.advance(60_000);
    const limits = { maxBytes: 10, maxFiles: 4 };
    await rotateLogs([statusOf('app', { state: 'running', logPath })], { runtime, clock, limits });
  };
  const options = (rest: Partial<LogOptions>): LogOptions =>
    ({ follow: false, previous: false, timestamps: false, ...rest }) as LogOptions;
  const read = async (rest: Partial<LogOptions> = {}): Promise<string> => {
    const out = new PassThrough();
    const signal = AbortSignal.timeout(10_000);
    const all = text(out);
    await readLog({ logPath, options: options(rest), out, isOver: async () => true, signal });
    out.end();
    return all;
  };

  it('compresses all but the last that was moved aside, and keeps as many files as it may', async () => {
    for (let n = 1; n <= 6; n++) {
      await fs.appendFile(logPath, line(n));
      await rotate();
    }
    const names = await fs.readdir(folder);
    assert.deepEqual(names.map((name) => name.replace(/\d{8}-\d{6}-\d{3}/, 'TIME')).toSorted(), [
      '0.log',
      '0.log.TIME',
      '0.log.TIME.gz',
      '0.log.TIME.gz',
    ]);
  });

  it('is not seen by who reads: from the start, from the end, over the files', async () => {
    await fs.appendFile(logPath, line(7));
    assert.equal(await read(), 'line 4\nline 5\nline 6\nline 7\n');
    assert.equal(await read({ tailLines: 3 }), 'line 5\nline 6\nline 7\n');
    assert.equal(await read({ limitBytes: 9 }), 'line 4\nli');
    assert.ok(!(await fs.readdir(folder)).some((name) => name.endsWith('.tmp')));
  });

  const noProc = existsSync('/proc/self/fd') ? false : 'no /proc here';
  it('leaves no file open when a reader has had enough', { skip: noProc }, async () => {
    assert.equal(await read({ limitBytes: 9 }), 'line 4\nli');
    const links = await fs.readdir('/proc/self/fd');
    const files = await Promise.all(links.map((fd) => fs.readlink(`/proc/self/fd/${fd}`).catch(() => '')));
    assert.deepEqual(
      files.filter((file) => file.startsWith(folder)),
      [],
    );
  });

  it('is done for each container, whatever stands in the way of others', async (t) => {
    const other = await fs.mkdtemp(path.join(os.tmpdir(), 'mkube-logs-'));
    t.after(() => fs.rm(other, { recursive: true }));
    const logs = ['a', 'b', 'c'].map((name) => path.join(other, `${name}.log`));
    for (const log of logs) await fs.writeFile(log, line(1));
    const failing = {
      reopenContainerLog: async (id: string) => {
        if (id === 'b-0') throw new Error('its monitor is gone');
      },
    } as unknown as Runtime;
    const containers = logs.map((log) => statusOf(path.basename(log, '.log'), { state: 'running', logPath: log }));
    const limits = { maxBytes: 10, maxFiles: 4 };
    await assert.rejects(rotateLogs(containers, { runtime: failing, clock, limits }), /its monitor is gone/);
    const moved = (await fs.readdir(other)).filter((name) => name.includes('.log.')).map((name) => name.slice(0, 1));
    assert.deepEqual(moved.toSorted(), ['a', 'c']);
    assert.ok(existsSync(path.join(other, 'b.log')));
  });

  it('does not weigh on who takes a long log slowly', async (t) => {
    const other = await fs.mkdtemp(path.join(os.tmpdir(), 'mkube-logs-'));
    t.after(() => fs.rm(other, { recursive: true }));
    const log = path.join(other, '0.log');
    await fs.writeFile(log, line(1).repeat(500));
    let seen = 0;
    const out = new Writable({
      highWaterMark: 1,
      write(chunk: Buffer, _encoding, done) {
        seen += chunk.length;
        setImmediate(done);
      },
    });
    const before = out.listenerCount('close');
    const signal = AbortSignal.timeout(20_000);
    await readLog({ logPath: log, options: options({}), out, isOver: async () => true, signal });
    assert.equal(seen, 500 * 'line 1\n'.length);
    assert.equal(out.listenerCount('close'), before);
  });

  it('is not seen by who follows', async () => {
    const out = new PassThrough();
    let seen = '';
    out.on('data', (chunk: Buffer) => (seen += chunk.toString()));
    let over = false;
    const reading = readLog({
      logPath,
      options: options({ follow: true, tailLines: 1 }),
      out,
      isOver: async () => over,
      signal: AbortSignal.timeout(20_000),
    });
    await eventually('it begins', async () => seen === 'line 7\n');
    await rotate();
    await fs.appendFile(logPath, line(8));
    await eventually('it goes on in the new file', async () => seen === 'line 7\nline 8\n');
    over = true;
    await reading;
  });
});
