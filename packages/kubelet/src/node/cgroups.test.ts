import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { pino } from 'pino';
import { containerOf, podOf } from '../testing/pods.test.ts';
import { hierarchyOf, type Hierarchy } from './cgroup-hierarchy.ts';
import { burstableLimitsOf, containerFilesOf, podLimitsOf, weightOf, writesOf } from './cgroup-plan.ts';
import { createPodCgroups, removeTree } from './cgroups.ts';

const resources = (cpu: string, memory: string, limits = true) => ({
  resources: { requests: { cpu, memory }, ...(limits && { limits: { cpu, memory } }) },
});
const lines = (version: 1 | 2, limits: Parameters<typeof writesOf>[1]): string[] =>
  writesOf(version, limits).map(({ controller, file, value }) => `${controller}/${file} ${value}`);

describe('the hierarchy of control groups', () => {
  const v1 = [
    'cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,relatime,cpu,cpuacct 0 0',
    'cgroup /sys/fs/cgroup/memory cgroup rw,relatime,memory 0 0',
    'cgroup2 /sys/fs/cgroup/unified cgroup2 rw,relatime 0 0',
  ].join('\n');

  it('is v1 where a controller is in a tree of its own, hybrid or not', () => {
    const hierarchy = hierarchyOf(v1, () => 'hugetlb');
    assert.deepEqual(
      [hierarchy.version, hierarchy.folderOf('cpu'), hierarchy.folderOf('memory'), hierarchy.folderOf('pids')],
      [1, '/sys/fs/cgroup/cpu,cpuacct', '/sys/fs/cgroup/memory', undefined],
    );
    assert.equal(hierarchy.roots.length, 3);
  });

  it('is v2 with the controllers that its tree names', () => {
    const hierarchy = hierarchyOf('cgroup2 /sys/fs/cgroup cgroup2 rw 0 0', () => 'cpuset cpu io memory pids\n');
    assert.deepEqual(
      [hierarchy.version, hierarchy.folderOf('pids'), hierarchy.folderOf('hugetlb')],
      [2, '/sys/fs/cgroup', undefined],
    );
  });
});

describe('the limits of a pod', () => {
  const guaranteed = podOf({
    containers: [containerOf('a', resources('500m', '64Mi')), containerOf('b', resources('1', '64Mi'))],
  } as never);

  it('are the sums of its containers’, on v1 and on v2', () => {
    const limits = podLimitsOf(guaranteed, 100);
    assert.deepEqual(lines(1, limits), [
      'cpu/cpu.shares 1536',
      'cpu/cpu.cfs_period_us 100000',
      'cpu/cpu.cfs_quota_us 150000',
      'memory/memory.limit_in_bytes 134217728',
      'pids/pids.max 100',
    ]);
    assert.deepEqual(lines(2, limits), [
      'cpu/cpu.weight 138',
      'cpu/cpu.max 150000 100000',
      'memory/memory.max 134217728',
      'pids/pids.max 100',
    ]);
  });

  it('are none where one of its containers has none', () => {
    const pod = podOf({ containers: [containerOf('a', resources('500m', '64Mi')), containerOf('b')] } as never);
    assert.deepEqual(lines(1, podLimitsOf(pod, -1)).slice(2), [
      'cpu/cpu.cfs_quota_us -1',
      'memory/memory.limit_in_bytes -1',
    ]);
    assert.deepEqual(lines(2, podLimitsOf(pod, -1)).slice(1), ['cpu/cpu.max max 100000', 'memory/memory.max max']);
  });

  it('are those of the pod as a whole where it has some, whatever its containers say', () => {
    const pod = podOf({
      resources: { limits: { memory: '32Mi', 'hugepages-2Mi': '4Mi' } },
      containers: [containerOf('a')],
    } as never);
    const limits = podLimitsOf(pod, -1);
    assert.equal(limits.memoryBytes, 32 * 1024 * 1024);
    assert.deepEqual(lines(2, limits).at(-1), 'hugetlb/hugetlb.2MB.max 4194304');
  });

  it('of burstable pods together are what they ask for', () => {
    const pod = podOf({ containers: [containerOf('a', resources('250m', '1Mi', false))] } as never);
    assert.deepEqual(burstableLimitsOf([pod, pod]), { cpuShares: 512 });
    assert.deepEqual(burstableLimitsOf([]), { cpuShares: 2 });
  });

  it('turn shares into weights on Kubernetes’ curve', () => {
    assert.deepEqual([2, 102, 1024, 2048, 262_144].map(weightOf), [1, 17, 100, 174, 10_000]);
  });
});

describe('the tree of groups', () => {
  let root = '';
  beforeEach(() => (root = fs.mkdtempSync(path.join(os.tmpdir(), 'mkube-cgroups-'))));
  afterEach(() => fs.rmSync(root, { recursive: true, force: true }));
  const v1 = (): Hierarchy => ({
    version: 1,
    roots: ['cpu', 'memory', 'pids'].map((name) => path.join(root, name)),
    folderOf: (controller) => (controller === 'hugetlb' ? undefined : path.join(root, controller)),
  });
  const v2 = (): Hierarchy => ({
    version: 2,
    roots: [root],
    folderOf: (controller) => (controller === 'hugetlb' ? undefined : root),
  });
  const open = (hierarchy: Hierarchy, cgroupRoot = '/node') =>
    createPodCgroups({
      cgroupRoot,
      node: { cpuShares: 4096, memoryBytes: 1 << 30 },
      podPidsLimit: 50,
      log: pino({ level: 'silent' }),
      hierarchy,
    });
  const read = (...names: string[]): string => fs.readFileSync(path.join(root, ...names), 'utf8');
  const pod = podOf({ containers: [containerOf('a', resources('500m', '64Mi', false))] } as never);

  it('is made with its limits on v1, kept in balance and taken away', async () => {
    const cgroups = open(v1());
    assert.equal(cgroups.setUp(), undefined);
    cgroups.apply(pod);
    cgroups.balance([pod]);
    assert.equal(read('memory/node/kubepods/memory.limit_in_bytes'), String(1 << 30));
    assert.equal(read('cpu/node/kubepods/besteffort/cpu.shares'), '2');
    assert.equal(read('cpu/node/kubepods/burstable/cpu.shares'), '512');
    assert.equal(read('pids/node/kubepods/burstable/podu1/pids.max'), '50');
    for (const name of ['cpu', 'memory', 'pids'])
      fs.readdirSync(path.join(root, name, 'node/kubepods/burstable/podu1')).forEach((file) =>
        fs.rmSync(path.join(root, name, 'node/kubepods/burstable/podu1', file)),
      );
    await cgroups.remove('u1');
    assert.deepEqual(fs.readdirSync(path.join(root, 'cpu/node/kubepods/burstable')), ['cpu.shares']);
  });

  it('is made on v2 with the controllers passed down', () => {
    const cgroups = open(v2());
    cgroups.setUp();
    cgroups.apply(pod);
    assert.equal(read('node/kubepods/memory.max'), String(1 << 30));
    assert.equal(read('node/kubepods/burstable/podu1/pids.max'), '50');
    for (const folder of ['', 'node', 'node/kubepods', 'node/kubepods/burstable'])
      assert.equal(read(folder, 'cgroup.subtree_control'), '+pids');
  });

  it('says on v2 what containers’ groups are to say, as far as the kernel has it', () => {
    const cgroups = open(v2());
    fs.mkdirSync(path.join(root, 'node/kubepods'), { recursive: true });
    fs.writeFileSync(path.join(root, 'node/kubepods/memory.oom.group'), '0');
    cgroups.setUp();
    assert.deepEqual(cgroups.containerFiles(), { 'memory.oom.group': '1' });
    const onV1 = open(v1());
    onV1.setUp();
    assert.deepEqual(onV1.containerFiles(), {});
    const files = ['memory.max', 'memory.oom.group', 'memory.swap.max'];
    assert.deepEqual(containerFilesOf(files, { singleProcessOomKill: false }), {
      'memory.oom.group': '1',
      'memory.swap.max': '0',
    });
    assert.deepEqual(containerFilesOf(files, { singleProcessOomKill: true }), { 'memory.swap.max': '0' });
  });

  it('is left to the engine where the kubelet has no root of its own', () => {
    const cgroups = open(v1(), '');
    cgroups.setUp();
    cgroups.apply(pod);
    assert.deepEqual(fs.readdirSync(root), []);
  });
});

const isRoot = process.platform === 'linux' && process.getuid?.() === 0;

describe(
  'the tree of groups over the kernel’s own v2',
  { skip: isRoot ? false : 'mounting needs root on Linux' },
  () => {
    it('has the limits of every controller that v2 has here, and goes with its pods', async () => {
      const mount = fs.mkdtempSync(path.join(os.tmpdir(), 'mkube-cgroup2-'));
      const cgroupRoot = `/mkube-test-${path.basename(mount).slice(-6)}`;
      execFileSync('mount', ['-t', 'cgroup2', 'cgroup2', mount]);
      try {
        const line = `cgroup2 ${mount} cgroup2 rw 0 0`;
        const hierarchy = hierarchyOf(line, () => fs.readFileSync(path.join(mount, 'cgroup.controllers'), 'utf8'));
        const log = pino({ level: 'silent' });
        const cgroups = createPodCgroups({ cgroupRoot, node: { cpuShares: 2048 }, podPidsLimit: 50, log, hierarchy });
        assert.equal(cgroups.setUp(), undefined);
        const limits = { cpu: '500m', memory: '64Mi', 'hugepages-2Mi': '4Mi' };
        const pod = podOf({ containers: [containerOf('a', { resources: { requests: limits, limits } })] } as never);
        cgroups.apply(pod);
        const group = path.join(mount, cgroupRoot, 'kubepods/podu1');
        const writes = writesOf(2, podLimitsOf(pod, 50)).filter(({ controller }) => hierarchy.folderOf(controller));
        for (const { file, value } of writes)
          assert.equal(fs.readFileSync(path.join(group, file), 'utf8').trim(), value, file);
        await cgroups.remove('u1');
        assert.equal(fs.existsSync(group), false);
      } finally {
        await removeTree(path.join(mount, cgroupRoot));
        execFileSync('umount', [mount]);
        fs.rmdirSync(mount);
      }
    });
  },
);
