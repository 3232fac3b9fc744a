import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { giveAllToGroup, readableByGroup } from './ownership.ts';

const skip = process.getuid?.() === 0 ? false : 'giving files away needs root';

describe('the group of a volume', { skip }, () => {
  let folder = '';
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mkube-group-'));
    fs.mkdirSync(path.join(folder, 'deep'));
    fs.writeFileSync(path.join(folder, 'deep/file'), 'x', { mode: 0o600 });
    fs.symlinkSync('/etc/hostname', path.join(folder, 'link'));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));
  const groupOf = (name: string): number => fs.lstatSync(path.join(folder, name)).gid;

  it('is given to all that is in it, and to nothing that it links to', async () => {
    const outside = fs.statSync('/etc/hostname').gid;
    await giveAllToGroup(folder, { fsGroup: 4321 });
    assert.deepEqual(['.', 'deep', 'deep/file', 'link'].map(groupOf), [4321, 4321, 4321, 4321]);
    assert.equal(fs.statSync(path.join(folder, 'deep')).mode & 0o7777, 0o2775);
    assert.equal(fs.statSync(path.join(folder, 'deep/file')).mode & 0o777, 0o660);
    assert.equal(fs.statSync('/etc/hostname').gid, outside);
  });

  it('is not looked for again below a root that has it, where the pod says so', async () => {
    await giveAllToGroup(folder, { fsGroup: 4321, fsGroupChangePolicy: 'OnRootMismatch' });
    fs.chownSync(path.join(folder, 'deep/file'), 0, 1);
    await giveAllToGroup(folder, { fsGroup: 4321, fsGroupChangePolicy: 'OnRootMismatch' });
    assert.equal(groupOf('deep/file'), 1);
    await giveAllToGroup(folder, { fsGroup: 4321, fsGroupChangePolicy: 'Always' });
    assert.equal(groupOf('deep/file'), 4321);
  });

  it('stays as it is without a wish', async () => {
    const before = groupOf('deep');
    await giveAllToGroup(folder, {});
    assert.equal(groupOf('deep'), before);
  });
});

it('files that cannot be given to a group are readable for whoever gets to them', () => {
  const files = new Map([['key', { data: Buffer.from('x'), mode: 0o400 }]]);
  const modeOf = (mayGive: boolean): number | undefined => readableByGroup(files, mayGive).get('key')?.mode;
  assert.deepEqual([modeOf(true), modeOf(false)], [0o440, 0o444]);
});
