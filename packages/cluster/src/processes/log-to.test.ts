/** Logs of processes that outlive their disk's room. */
import { strict as assert } from 'node:assert';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import { logTo } from './log-to.ts';

describe('the log of a process', () => {
  it('has its lines in the descriptor that it was started with', (t) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mklog-'));
    t.after(() => fs.rmSync(folder, { recursive: true }));
    const file = path.join(folder, 'log');
    const descriptor = fs.openSync(file, 'a');
    pino({ base: null, timestamp: false }, logTo(descriptor)).info('ä'.repeat(100_000));
    fs.closeSync(descriptor);
    assert.deepEqual(JSON.parse(fs.readFileSync(file, 'utf8')), { level: 30, msg: 'ä'.repeat(100_000) });
  });

  it('is lost on a full disk, where the process goes on', { skip: !fs.existsSync('/dev/full') }, () => {
    const descriptor = fs.openSync('/dev/full', 'w');
    const log = pino(logTo(descriptor));
    log.info('one');
    log.info('two');
    fs.closeSync(descriptor);
  });
});
