import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** In a user namespace of its own a process has as many notices as that allows. */
const OWN_NAMESPACE = ['--user', '--map-root-user'];
const WITHOUT_NOTICES = 'echo 0 > /proc/sys/user/max_inotify_watches && exec "$0" --input-type=module -e "$1" "$2"';
const LIMIT = '/proc/sys/user/max_inotify_watches';
const whyNot = await run('unshare', [...OWN_NAMESPACE, 'test', '-w', LIMIT]).then(
  () => undefined,
  () => 'no user namespaces here',
);

const PROGRAM = `
import { writeFileSync } from 'node:fs';
import { watchExits } from '${new URL('./watch-exits.js', import.meta.url).href}';
const folder = process.argv[1];
const alive = setTimeout(() => process.exit(1), 10_000);
let looks = 0;
const watched = watchExits({
  folder,
  onFile: () => process.exit(2),
  look() {
    if (++looks === 1) return writeFileSync(folder + '/exit', '0');
    clearTimeout(alive);
    process.stdout.write('looked again');
    watched.close();
  },
});
`;

describe('ends of containers', () => {
  it('are seen on a machine that has no notices left', { skip: whyNot }, async (t) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'mkube-exits-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const program = [process.execPath, PROGRAM, folder];
    const { stdout } = await run('unshare', [...OWN_NAMESPACE, 'sh', '-c', WITHOUT_NOTICES, ...program]);
    assert.equal(stdout, 'looked again');
  });
});
