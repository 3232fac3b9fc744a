import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type Payload, writeAtomically } from './atomic-writer.ts';

describe('files written all at once', () => {
  let folder = '';
  beforeEach(() => {
    folder = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'mkube-writer-')), 'volume');
  });
  afterEach(() => fs.rmSync(path.dirname(folder), { recursive: true, force: true }));

  const payload = (files: Record<string, string>): Payload =>
    new Map(Object.entries(files).map(([name, text]) => [name, { data: Buffer.from(text), mode: 0o644 }]));
  const read = (name: string): string => fs.readFileSync(path.join(folder, name), 'utf8');

  it('appear under their names, with their modes', () => {
    assert.equal(writeAtomically(folder, new Map([['deep/a', { data: Buffer.from('A'), mode: 0o400 }]])), true);
    assert.equal(read('deep/a'), 'A');
    assert.equal(fs.statSync(path.join(folder, 'deep/a')).mode & 0o777, 0o400);
  });

  it('are left alone while nothing changes', () => {
    writeAtomically(folder, payload({ a: '1' }));
    const before = fs.readlinkSync(path.join(folder, '..data'));
    assert.equal(writeAtomically(folder, payload({ a: '1' })), false);
    assert.equal(fs.readlinkSync(path.join(folder, '..data')), before);
  });

  it('change together, and leave nothing of the old behind', () => {
    writeAtomically(folder, payload({ a: '1', b: '1' }));
    assert.equal(writeAtomically(folder, payload({ a: '2', c: '2' })), true);
    assert.deepEqual([read('a'), read('c'), fs.existsSync(path.join(folder, 'b'))], ['2', '2', false]);
    assert.deepEqual(fs.readdirSync(folder).filter((name) => /^\.\.[0-9a-f]+$/.test(name)).length, 1);
  });

  it('never leave their folder', () => {
    for (const name of ['../x', '..', '/etc/x', 'a/../../x', '..data', '']) {
      assert.throws(() => writeAtomically(folder, payload({ [name]: 'x' })), { message: /path/ }, name);
    }
  });
});
