import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { lockFolder } from './lock.ts';

const PROGRAM = `
import { lockFolder } from '${new URL('./lock.js', import.meta.url).href}';
try {
  lockFolder(process.argv[1]);
  process.stdout.write('mine\\n');
  setInterval(() => undefined, 1000);
} catch (error) {
  process.stdout.write(error.message + '\\n');
}`;

describe('the folder of a kubelet', () => {
  it('is one kubelet’s at a time, and free again when that ends or is killed', { timeout: 60_000 }, async (t) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mkube-lock-'));
    t.after(() => fs.rmSync(folder, { recursive: true }));
    const unlock = lockFolder(folder);
    assert.throws(() => lockFolder(folder), new RegExp(`another kubelet \\(pid ${process.pid}\\) works in`));
    unlock();
    const others = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, folder], { stdio: ['ignore', 'pipe', 'inherit'] }),
    );
    const said = await Promise.all(others.map(async ({ stdout }) => String((await once(stdout, 'data'))[0]).trim()));
    assert.equal(said.filter((text) => text === 'mine').length, 1, said.join(', '));
    const holder = others[said.indexOf('mine')];
    assert.throws(() => lockFolder(folder), new RegExp(`pid ${holder?.pid}`));
    holder?.kill('SIGKILL');
    if (holder) await once(holder, 'exit');
    lockFolder(folder)();
    assert.deepEqual(fs.readdirSync(folder), []);
  });
});
