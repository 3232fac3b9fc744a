import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import { createSharedMemory } from './memory.ts';

describe('the folder for what pods keep in memory', () => {
  it('is made by a later pod where it could not be made at first', async (t) => {
    const root = fs.mkdtempSync(path.join(os.tmpdir(), 'mkube-memory-'));
    t.after(() => fs.rmSync(root, { recursive: true }));
    fs.writeFileSync(path.join(root, 'in-the-way'), '');
    const memory = createSharedMemory(path.join(root, 'in-the-way', 'memory'), {
      log: pino({ level: 'silent' }),
      mount: false,
    });
    await assert.rejects(memory.ready(), /ENOTDIR/);
    fs.rmSync(path.join(root, 'in-the-way'));
    await memory.ready();
    assert.ok(fs.existsSync(path.join(root, 'in-the-way', 'memory')));
  });
});
