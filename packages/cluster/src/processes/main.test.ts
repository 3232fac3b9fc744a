/** What the processes of a cluster have in common from their start on. */
import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { STATE_VERSION } from '../state/cluster-state.ts';

const PROGRAM = `
import fs from 'node:fs';
import { runMain } from '${new URL('./main.js', import.meta.url).href}';
await runMain('test', async ({ config }) => fs.mkdirSync(config.paths.data));
`;

describe('a process of a cluster', () => {
  it('makes folders that pods can read, whatever the umask of who started it', (t) => {
    const home = fs.mkdtempSync(path.join(os.tmpdir(), 'mkmain-'));
    t.after(() => fs.rmSync(home, { recursive: true }));
    fs.mkdirSync(path.join(home, 'c'));
    fs.writeFileSync(path.join(home, 'c/cluster.json'), JSON.stringify({ version: STATE_VERSION }));
    // the first argument of a script that is given as text stands where a script's own name would
    const args = ['umask 077; exec "$0" --input-type=module -e "$1" "" "$2" c', process.execPath, PROGRAM, home];
    execFileSync('sh', ['-c', ...args], { stdio: 'ignore' });
    assert.equal(fs.statSync(path.join(home, 'c/data')).mode & 0o777, 0o755);
  });
});
