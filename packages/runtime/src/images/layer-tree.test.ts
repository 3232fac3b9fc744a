import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EntryType, TarHeader } from '../tar/format.ts';
import { createLayerTree } from './layer-tree.ts';

function entry(name: string, type: EntryType = 'file', linkname = ''): TarHeader {
  const numbers = { mode: 0o644, uid: 0, gid: 0, size: 0, mtime: 0, devMajor: 0, devMinor: 0 };
  return { ...numbers, name, type, linkname, xattrs: new Map() };
}

/** The names written for these entries, in order, whiteouts and opaque folders after them. */
function admitted(...entries: TarHeader[]): string[] {
  const tree = createLayerTree();
  const written = entries.map((header) => tree.admit(header)).filter((header) => header !== undefined);
  return [...written, ...tree.finish()].map((header) => `${header.type} ${header.name}`);
}

describe('a layer that is unpacked', () => {
  const refused: [string, TarHeader[]][] = [
    ['a name with ..', [entry('../evil')]],
    ['a name with .. inside', [entry('a/../../evil')]],
    ['a hard link with ..', [entry('a', 'link', '../../etc/shadow')]],
    ['a hard link to what the layer has not', [entry('a', 'link', '/etc/shadow')]],
    ['a hard link through a symbolic link', [entry('out', 'symlink', '/'), entry('a', 'link', 'out/etc/shadow')]],
    ['a file over a folder', [entry('a/b'), entry('a')]],
    ['a path through a file', [entry('a'), entry('a/b')]],
    ['a path through a ring of links', [entry('a', 'symlink', 'b'), entry('b', 'symlink', 'a'), entry('a/x')]],
    ['a name with a zero byte', [entry('a\0b')]],
    ['a name that is too long', [entry('x'.repeat(300))]],
    ['a whiteout of ..', [entry('a/.wh...')]],
    ['a whiteout of nothing', [entry('a/.wh.')]],
  ];
  for (const [what, entries] of refused)
    it(`refuses ${what}`, () => assert.throws(() => admitted(...entries), /unsafe image layer/));

  it('takes absolute names as names in its root', () => {
    assert.deepEqual(admitted(entry('/etc/hosts'), entry('./usr/bin/x')), ['file etc/hosts', 'file usr/bin/x']);
  });

  it('follows its own links inside its root alone, as a chroot would', () => {
    const out = entry('out', 'symlink', '/../../var');
    const up = entry('up', 'symlink', '../../..');
    assert.deepEqual(admitted(out, entry('out/x'), up, entry('up/y')), [
      'symlink out',
      'file var/x',
      'symlink up',
      'file y',
    ]);
  });

  it('leaves device nodes out', () => {
    assert.deepEqual(admitted(entry('dev/sda', 'block'), entry('dev/mem', 'char'), entry('run/p', 'fifo')), [
      'fifo run/p',
    ]);
  });

  it('turns whiteouts into those of overlayfs, after all else', () => {
    assert.deepEqual(admitted(entry('a/.wh.gone'), entry('a/new')), ['file a/new', 'char a/gone']);
  });

  it('hides what lies below a folder, but not what the layer brings', () => {
    const names = admitted(entry('a/', 'directory'), entry('a/.wh..wh..opq'), entry('a/new'));
    assert.deepEqual(names, ['directory a/', 'file a/new', 'directory a/']);
    const both = admitted(entry('b/.wh.sub'), entry('b/sub/', 'directory'), entry('b/sub/new'));
    assert.deepEqual(both, ['directory b/sub/', 'file b/sub/new', 'directory b/sub/']);
    assert.deepEqual(admitted(entry('c/.wh.file'), entry('c/file')), ['file c/file']);
  });

  it('keeps file capabilities, and no attribute of overlayfs or a security module', () => {
    const xattrs = new Map([
      ['security.capability', Buffer.from([1, 0, 0, 2, 0x80])],
      ['trusted.overlay.redirect', Buffer.from('/etc')],
      ['security.selinux', Buffer.from('x')],
    ]);
    const kept = createLayerTree().admit({ ...entry('bin/ping'), xattrs });
    assert.deepEqual([...(kept?.xattrs.keys() ?? [])], ['security.capability']);
  });
});
