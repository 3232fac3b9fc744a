import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { removeTree } from './cgroups.ts';
import { leaveRootGroup } from './leave-root-group.ts';

describe('the root group of a machine', () => {
  it('keeps its processes', () => {
    const root = fs.mkdtempSync(path.join(os.tmpdir(), 'mkube-root-'));
    fs.writeFileSync(path.join(root, 'cgroup.procs'), '1\n');
    leaveRootGroup(root, '0::/\n');
    assert.deepEqual(fs.readdirSync(root), ['cgroup.procs']);
    fs.writeFileSync(path.join(root, 'cgroup.type'), 'domain\n');
    leaveRootGroup(root, '0::/system.slice/mkube.service\n');
    assert.deepEqual(fs.readdirSync(root), ['cgroup.procs', 'cgroup.type']);
    fs.rmSync(root, { recursive: true });
  });
});

const isRoot = process.platform === 'linux' && process.getuid?.() === 0;

describe('the root group of a cgroup namespace', { skip: isRoot ? false : 'mounting needs root on Linux' }, () => {
  let mount = '';
  let group = '';
  before(() => {
    mount = fs.mkdtempSync(path.join(os.tmpdir(), 'mkube-cgroup2-'));
    execFileSync('mount', ['-t', 'cgroup2', 'cgroup2', mount]);
    group = path.join(mount, `mkube-test-${path.basename(mount).slice(-6)}`);
    fs.mkdirSync(group);
  });
  after(async () => {
    await removeTree(group);
    execFileSync('umount', [mount]);
    fs.rmdirSync(mount);
  });

  it('is left to what is below it', () => {
    const url = new URL('./leave-root-group.js', import.meta.url).href;
    const program = `const { leaveRootGroup } = await import(${JSON.stringify(url)});
      leaveRootGroup(process.argv[1]);
      console.log(JSON.stringify({
        left: (await import('node:fs')).readFileSync(process.argv[1] + '/cgroup.procs', 'utf8'),
        own: (await import('node:fs')).readFileSync('/proc/self/cgroup', 'utf8'),
      }));`;
    // in the group first, so that it is the root of the namespace
    const script = `echo $$ > "$1/cgroup.procs" && exec unshare --cgroup --mount sh -c '
      umount "$2" && mount -t cgroup2 cgroup2 "$2" && "$0" --input-type=module -e "$1" "$2"' "$2" "$3" "$4"`;
    const output = execFileSync('sh', ['-c', script, 'sh', group, process.execPath, program, mount], {
      encoding: 'utf8',
    });
    const { left, own } = JSON.parse(output) as { left: string; own: string };
    assert.equal(left, '');
    assert.match(own, /^0::\/init$/m);
  });
});
