import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { Journal } from './journal.ts';

interface Value {
  id: number;
  text?: string;
}

describe('a journal', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mkube-journal-'));
  after(() => rmSync(folder, { recursive: true }));
  const journalOf = (name: string) => {
    const file = path.join(folder, name);
    return { file, journal: new Journal<Value>(file) };
  };

  it('gives the newest value of every key to who opens it next, and none that was dropped', () => {
    const { file, journal } = journalOf('newest');
    journal.put('a', { id: 1 });
    journal.put('b', { id: 2 });
    journal.put('a', { id: 3 });
    journal.put('c', { id: 4 });
    journal.drop('b');
    assert.deepEqual(new Journal<Value>(file).values(), [{ id: 3 }, { id: 4 }]);
  });

  it('skips a line that was cut short, and no other', () => {
    const { file, journal } = journalOf('torn');
    journal.put('a', { id: 1 });
    appendFileSync(file, '\n["b",{"id":2');
    journal.put('c', { id: 3 });
    assert.deepEqual(new Journal<Value>(file).values(), [{ id: 1 }, { id: 3 }]);
  });

  const noLimit = process.platform === 'win32' ? 'no limits of files here' : undefined;
  it('promises nothing of which only a part was written', { skip: noLimit }, () => {
    const { file, journal } = journalOf('full');
    journal.put('a', { id: 1 });
    journal.close();
    const program = `
      import { Journal } from '${new URL('./journal.js', import.meta.url).href}';
      const journal = new Journal(process.argv[1]);
      try {
        journal.put('a', { id: 2, text: 'x'.repeat(10_000) });
      } catch (error) {
        process.stdout.write(error.code + ' ' + JSON.stringify(journal.values()));
      }`;
    // as on a full disk: the kernel takes what there is room for
    const limited = 'trap "" XFSZ; ulimit -f 2; exec "$0" --input-type=module -e "$1" "$2"';
    const said = execFileSync('sh', ['-c', limited, process.execPath, program, file], { encoding: 'utf8' });
    assert.equal(said, 'EFBIG [{"id":1}]');
    assert.deepEqual(new Journal<Value>(file).values(), [{ id: 1 }]);
  });

  it('does not grow with what is past', () => {
    const { file, journal } = journalOf('long');
    const text = 'x'.repeat(10_000);
    for (let id = 0; id < 1000; id++) {
      journal.put('a', { id, text });
      journal.put(`b${id}`, { id, text });
      journal.drop(`b${id}`);
    }
    assert.ok(statSync(file).size < 1_100_000, `${statSync(file).size} bytes`);
    assert.deepEqual(new Journal<Value>(file).values(), [{ id: 999, text }]);
  });
});
