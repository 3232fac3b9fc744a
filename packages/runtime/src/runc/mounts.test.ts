import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { createExec, type Exec } from '../exec.ts';
import { whyNoRuncNode } from '../testing/runc-node.ts';
import { mountsUnder } from '../mount-table.ts';
import { formatTable, openMounts } from './mounts.ts';

describe('a table of mounts', () => {
  it('writes blanks and backslashes of names in octal', () => {
    const all = [{ type: 'tmpfs', source: 'shm', target: '/a b\\c', options: 'size=1k' }];
    assert.equal(formatTable(all), 'shm /a\\040b\\134c tmpfs size=1k 0 0\n');
  });
});

describe('mounts that are asked for at a time', { skip: await whyNoRuncNode() }, () => {
  it('are made by a few programs, and one that fails is the only one to fail', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'mkube mounts-'));
    const programs: string[] = [];
    const exec = countingExec(programs);
    const mounts = openMounts({ exec, cwd: folder, table: path.join(folder, 'tab') });
    const mountAt = (name: string, type = 'tmpfs'): Promise<void> => {
      mkdirSync(path.join(folder, name));
      return mounts.mount({ type, source: 'x', target: path.join(folder, name), options: 'size=64k' });
    };
    try {
      await Promise.all(['a', 'b', 'c', 'd'].map((name) => mountAt(name)));
      assert.equal(programs.length, 1);
      const [bad, good] = await Promise.allSettled([mountAt('e', 'nosuchtype'), mountAt('f')]);
      assert.match(String(bad.status === 'rejected' && bad.reason), /e: wrong fs type/);
      assert.equal(good.status, 'fulfilled');
      assert.deepEqual(
        mountsUnder(folder)
          .map((point) => path.basename(point))
          .toSorted(),
        ['a', 'b', 'c', 'd', 'f'],
      );
      programs.length = 0;
      await Promise.all(mountsUnder(folder).map((point) => mounts.unmount([point])));
      assert.deepEqual([mountsUnder(folder), programs.length], [[], 1]);
    } finally {
      await mounts.unmount(mountsUnder(folder));
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

function countingExec(programs: string[]): Exec {
  const inner = createExec();
  return {
    ...inner,
    run(argv, options) {
      programs.push(argv.join(' '));
      return inner.run(argv, options);
    },
  };
}
