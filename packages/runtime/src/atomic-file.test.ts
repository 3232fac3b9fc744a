import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { readJson, writeFileAtomic } from './atomic-file.ts';
import { withFileLock } from './file-lock.ts';

describe('small files of state', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mkube-files-'));
  after(() => rmSync(folder, { recursive: true }));
  const at = (name: string): string => path.join(folder, name);

  it('are written whole, for their owner alone', () => {
    for (const flush of [false, true]) writeFileAtomic(at('a'), '{"a":1}', { flush });
    assert.deepEqual(readJson(at('a')), { a: 1 });
    assert.equal(statSync(at('a')).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(folder), ['a']);
  });

  it('are as good as none where a power cut emptied them, and damaged where they say something else', () => {
    for (const text of ['', '\0\0\0\0']) {
      writeFileSync(at('b'), text);
      assert.equal(readJson(at('b')), undefined);
    }
    writeFileSync(at('b'), '{"a":');
    assert.throws(() => readJson(at('b')), /is not valid JSON/);
    assert.equal(readJson(at('none')), undefined);
  });

  it('hold nobody up as locks that a power cut emptied', { timeout: 20_000 }, async () => {
    writeFileSync(at('lock'), '');
    assert.equal(await withFileLock(at('lock'), async () => 'done'), 'done');
  });
});
