import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { groupsOf, memoryDetailsOf, parseMemoryStat } from './cgroup-memory.ts';
import { parsePressure, pressuresOfGroup } from './pressure.ts';

describe('the groups of a process', () => {
  it('are the memory controller’s on v1 and hybrid, and the one of v2', () => {
    const hybrid = '5:memory:/pod/c\n1:name=systemd:/x\n0::/pod/c\n';
    assert.deepEqual(groupsOf(hybrid, '/g'), { memory: '/g/memory/pod/c' });
    assert.deepEqual(groupsOf('0::/pod/c\n', '/g'), { memory: '/g/pod/c', unified: '/g/pod/c' });
    assert.deepEqual(groupsOf('', '/g'), {});
  });
});

describe('a group of cgroup v2', () => {
  let folder = '';
  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mkube-stat-'));
    const stat = 'anon 4096\nfile 8192\nswapcached 512\npgfault 10\npgmajfault 2\n';
    fs.writeFileSync(path.join(folder, 'memory.stat'), stat);
    fs.writeFileSync(path.join(folder, 'memory.swap.current'), '1048576\n');
    fs.writeFileSync(
      path.join(folder, 'memory.pressure'),
      'some avg10=1.50 avg60=0.25 avg300=0.05 total=1234567\nfull avg10=0.50 avg60=0.10 avg300=0.01 total=7654\n',
    );
  });
  after(() => fs.rmSync(folder, { recursive: true }));

  it('tells of memory, and of swap what is out', async () => {
    assert.deepEqual(await memoryDetailsOf({ memory: folder, unified: folder }), {
      rssBytes: 4096,
      cacheBytes: 8192,
      swapBytes: 1048576,
      pageFaults: 10,
      majorPageFaults: 2,
    });
  });

  it('tells of pressure what its kernel measures', async () => {
    assert.deepEqual(await pressuresOfGroup(folder), {
      memory: {
        full: { total: 7654, avg10: 0.5, avg60: 0.1, avg300: 0.01 },
        some: { total: 1234567, avg10: 1.5, avg60: 0.25, avg300: 0.05 },
      },
    });
    const none = { total: 0, avg10: 0, avg60: 0, avg300: 0 };
    assert.deepEqual(parsePressure('some avg10=0.00 avg60=0.00 avg300=0.00 total=5\n'), {
      full: none,
      some: { ...none, total: 5 },
    });
  });
});

describe('the statistics of v1', () => {
  it('are those with all below the group', () => {
    const text = 'rss 1\ntotal_rss 4096\ntotal_cache 8192\ntotal_swap 512\ntotal_pgfault 10\ntotal_pgmajfault 2\n';
    assert.deepEqual(parseMemoryStat(text), {
      rssBytes: 4096,
      cacheBytes: 8192,
      swapBytes: 512,
      pageFaults: 10,
      majorPageFaults: 2,
    });
  });
});
