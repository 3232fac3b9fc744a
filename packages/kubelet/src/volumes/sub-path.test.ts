import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { mountsUnder } from '@mkube/runtime';
import { mountTmpfs, unmountBelow } from './mounts.ts';
import { openSubPath } from './sub-path.ts';

const skip = process.platform === 'linux' && process.getuid?.() === 0 ? undefined : 'only root of Linux mounts';

describe('a part of a volume', { skip }, () => {
  let root = '';
  let serial = 0;
  let volume = '';
  let at = '';
  before(() => (root = fs.mkdtempSync(path.join(os.tmpdir(), 'mkube sub-path-'))));
  after(async () => {
    await unmountBelow(root);
    fs.rmSync(root, { recursive: true });
  });
  beforeEach(() => {
    volume = path.join(root, `volume-${serial++}`);
    at = path.join(root, 'mounts', String(serial));
    fs.mkdirSync(volume);
  });
  const write = (name: string, text: string): void => fs.writeFileSync(path.join(volume, name), text);

  it('stays what it was when it was looked at, whatever comes to be in its place', async () => {
    fs.mkdirSync(path.join(volume, 'part'));
    write('part/file', 'mine');
    const found = await openSubPath(volume, 'part', at);
    fs.renameSync(path.join(volume, 'part'), path.join(volume, 'moved'));
    fs.symlinkSync('/etc', path.join(volume, 'part'));
    assert.deepEqual(fs.readdirSync(found), ['file']);
    await assert.rejects(openSubPath(volume, 'part', at), /leads out of its volume/);
    fs.writeFileSync(path.join(found, 'more'), '');
    assert.ok(fs.existsSync(path.join(volume, 'moved/more')));
  });

  it('may be a file, by links of the volume’s own, and is mounted once for all starts', async () => {
    write('file', 'a');
    fs.symlinkSync('file', path.join(volume, 'link'));
    for (let start = 0; start < 3; start++) assert.equal(await openSubPath(volume, 'link', at), at);
    assert.equal(fs.readFileSync(at, 'utf8'), 'a');
    assert.deepEqual(mountsUnder(at), [at]);
  });

  it('is another one where its path leads to something else by then', async () => {
    write('one', '1');
    fs.mkdirSync(path.join(volume, 'two'));
    fs.symlinkSync('one', path.join(volume, 'now'));
    assert.equal(fs.readFileSync(await openSubPath(volume, 'now', at), 'utf8'), '1');
    fs.rmSync(path.join(volume, 'now'));
    fs.symlinkSync('two', path.join(volume, 'now'));
    assert.deepEqual(fs.readdirSync(await openSubPath(volume, 'now', at)), []);
    assert.deepEqual(mountsUnder(at), [at]);
  });

  it('goes again without what is mounted in the volume', async () => {
    fs.mkdirSync(path.join(volume, 'part/disk'), { recursive: true });
    await mountTmpfs(path.join(volume, 'part/disk'), []);
    write('part/disk/file', 'kept');
    const found = await openSubPath(volume, 'part', at);
    assert.equal(fs.readFileSync(path.join(found, 'disk/file'), 'utf8'), 'kept');
    await unmountBelow(at);
    assert.deepEqual(mountsUnder(at), []);
    assert.equal(fs.readFileSync(path.join(volume, 'part/disk/file'), 'utf8'), 'kept');
  });

  it('is made where it is missing, with the volume’s own mode', async () => {
    fs.chmodSync(volume, 0o751);
    const found = await openSubPath(volume, 'new/folder', at);
    assert.equal(fs.statSync(found).mode & 0o777, 0o751);
    assert.ok(fs.existsSync(path.join(volume, 'new/folder')));
  });

  it('leaves no descriptor behind', async () => {
    const open = (): string[] => fs.readdirSync('/proc/self/fd').map((fd) => linkOf(`/proc/self/fd/${fd}`));
    write('file', '');
    await openSubPath(volume, 'file', at);
    await assert.rejects(openSubPath(volume, '../out', at));
    assert.deepEqual(
      open().filter((file) => file.startsWith(root)),
      [],
    );
  });
});

function linkOf(file: string): string {
  try {
    return fs.readlinkSync(file);
  } catch {
    return '';
  }
}
