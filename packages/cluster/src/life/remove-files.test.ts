/** The end of a cluster's folder. */
import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { contextOf } from './context.ts';
import { removeFiles } from './remove-files.ts';

const skip = process.platform === 'linux' && process.getuid?.() === 0 ? undefined : 'only root of Linux mounts';

describe('the folder of a cluster', { skip }, () => {
  it('goes without what somebody has mounted in it', async (t) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mkremove-'));
    t.after(() => fs.rmSync(folder, { recursive: true }));
    const mine = path.join(folder, 'mine');
    fs.mkdirSync(mine);
    fs.writeFileSync(path.join(mine, 'file'), 'kept');
    const context = contextOf({ name: 'c', env: { MKUBE_HOME: path.join(folder, 'home'), HOME: folder } });
    const inside = path.join(context.paths.nodes, 'node-1/volume');
    fs.mkdirSync(inside, { recursive: true });
    execFileSync('mount', ['--bind', mine, inside]);
    await removeFiles(context);
    assert.equal(fs.existsSync(context.paths.root), false);
    assert.equal(fs.readFileSync(path.join(mine, 'file'), 'utf8'), 'kept');
  });
});
