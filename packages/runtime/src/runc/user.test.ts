import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { defaultSecurity } from '../conformance/harness.ts';
import { readInRoot, resolveUser } from './user.ts';

describe('the user of a container', () => {
  let folder = '';
  let rootfs = '';
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'mkube-user-'));
    rootfs = path.join(folder, 'rootfs');
    mkdirSync(path.join(rootfs, 'etc'), { recursive: true });
    writeFileSync(path.join(rootfs, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\napp:x:1000:2000::/:/bin/sh\n');
    writeFileSync(path.join(rootfs, 'etc/group'), 'root:x:0:\nstaff:x:50:app,other\nother:x:60:other\n');
    writeFileSync(path.join(folder, 'outside'), 'secret');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const cases: [string, object, { uid: number; gid: number; additionalGids: number[] }][] = [
    ['', {}, { uid: 0, gid: 0, additionalGids: [0] }],
    ['app', {}, { uid: 1000, gid: 2000, additionalGids: [2000, 50] }],
    ['1000', {}, { uid: 1000, gid: 2000, additionalGids: [2000, 50] }],
    ['app:staff', {}, { uid: 1000, gid: 50, additionalGids: [50] }],
    ['4242', {}, { uid: 4242, gid: 0, additionalGids: [0] }],
    ['4242:77', {}, { uid: 4242, gid: 77, additionalGids: [77] }],
    ['app', { runAsUser: 7 }, { uid: 7, gid: 0, additionalGids: [0] }],
    ['app', { runAsGroup: 9, supplementalGroups: [5] }, { uid: 1000, gid: 9, additionalGids: [9, 50, 5] }],
  ];
  for (const [imageUser, change, expected] of cases)
    it(`is ${JSON.stringify(expected)} for ${JSON.stringify(imageUser)} with ${JSON.stringify(change)}`, () => {
      assert.deepEqual(resolveUser(rootfs, imageUser, { ...defaultSecurity, ...change }), expected);
    });

  it('must be known to the image, by its name', () => {
    assert.throws(() => resolveUser(rootfs, 'nobody-here', defaultSecurity), /unable to find user nobody-here/);
    assert.throws(() => resolveUser(rootfs, 'app:no-group', defaultSecurity), /unable to find group no-group/);
  });

  it('is never read from outside the image', () => {
    symlinkSync('../../../../outside', path.join(rootfs, 'etc/up'));
    symlinkSync(path.join(folder, 'outside'), path.join(rootfs, 'etc/absolute'));
    symlinkSync('/etc/passwd', path.join(rootfs, 'etc/inside'));
    symlinkSync('ring', path.join(rootfs, 'etc/ring'));
    for (const name of ['up', 'absolute', 'ring']) assert.equal(readInRoot(rootfs, `/etc/${name}`), '');
    assert.match(readInRoot(rootfs, '/etc/inside'), /^root:x:0:0/);
    assert.equal(readInRoot(rootfs, '/etc'), '');
  });
});
