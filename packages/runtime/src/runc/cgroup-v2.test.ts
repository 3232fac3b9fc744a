/**
 * Containers over cgroup v2, for real, also on machines whose controllers are in v1's trees: there the file runs itself again in a
 * mount namespace where /sys/fs/cgroup is the kernel's v2 tree, with as many controllers as are free for it. Limits of those that are
 * not are held by golden files alone (testdata/oci).
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ContainerConfig, Runtime, SandboxConfig } from '../runtime.ts';
import { createRuncNode, TEST_IMAGE, whyNoRuncNode, type RuncNode } from '../testing/runc-node.ts';
import { openCgroups } from './cgroups.ts';

const INSIDE = 'MKUBE_TEST_CGROUP_V2';
const MOUNT = '/sys/fs/cgroup';

if (process.env[INSIDE] === '1') describeV2();
else {
  const reason = await whyNoRuncNode();
  it('containers run over cgroup v2', { skip: reason ?? false, timeout: 120_000 }, async () => {
    const script = `[ -e ${MOUNT}/cgroup.controllers ] || mount -t cgroup2 cgroup2 ${MOUNT} && exec "$0" "$@"`;
    const argv = [
      '--mount',
      'sh',
      '-c',
      script,
      process.execPath,
      '--test-reporter=spec',
      fileURLToPath(import.meta.url),
    ];
    const env = { ...process.env, [INSIDE]: '1', NODE_TEST_CONTEXT: undefined };
    const child = spawn('unshare', argv, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const code = await new Promise((resolve) => child.once('close', resolve));
    assert.equal(code, 0, output);
  });
}

describe('cgroup v2, read from files as the kernel writes them', () => {
  let mount = '';
  before(() => {
    mount = mkdtempSync(path.join(os.tmpdir(), 'mkube-cgroup2-'));
    const files: Record<string, string> = {
      'cgroup.controllers': 'cpu memory pids\n',
      'pod/a/cpu.stat': 'usage_usec 1500\nuser_usec 1000\nsystem_usec 500\n',
      'pod/a/memory.current': '1000000\n',
      'pod/a/memory.stat': 'anon 100\ninactive_file 400000\n',
      'pod/a/memory.events': 'low 0\nhigh 0\nmax 7\noom 2\noom_kill 1\n',
      'pod/a/pids.current': '3\n',
      'pod/a/cgroup.procs': '11\n12\n',
      'pod/a/below/cgroup.procs': '13\n',
    };
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(mount, name)), { recursive: true });
      writeFileSync(path.join(mount, name), text);
    }
  });
  after(() => rmSync(mount, { recursive: true, force: true }));

  it('tells usage, kills for want of memory, and processes', () => {
    const cgroups = openCgroups(mount);
    assert.equal(cgroups.version, 2);
    assert.deepEqual(cgroups.usage('pod/a'), {
      cpuNanoseconds: 1_500_000n,
      memoryUsageBytes: 1_000_000,
      memoryWorkingSetBytes: 600_000,
      processes: 3,
    });
    assert.equal(cgroups.oomKills('pod/a'), 1);
    assert.deepEqual(cgroups.processes('pod/a'), [11, 12, 13]);
    assert.equal(cgroups.usage('pod/none'), undefined);
  });

  it('readies the kernel to move processes by a move of this one to where it is', async () => {
    const own = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? assert.fail('no v2 tree here');
    mkdirSync(path.join(mount, own), { recursive: true });
    await openCgroups(mount).expectMoves();
    assert.equal(readFileSync(path.join(mount, own, 'cgroup.procs'), 'utf8'), String(process.pid));
  });
});

describe('control groups of this machine', { skip: process.getuid?.() === 0 ? false : 'needs root' }, () => {
  it('are the same after a move that only readies the kernel', async () => {
    const before = readFileSync('/proc/self/cgroup', 'utf8');
    await openCgroups().expectMoves();
    assert.equal(readFileSync('/proc/self/cgroup', 'utf8'), before);
  });
});

function describeV2(): void {
  describe('over the kernel’s own v2 tree', () => {
    let node: RuncNode;
    let runtime: Runtime;
    before(async () => {
      node = await createRuncNode();
      runtime = await node.open();
    });
    after(async () => {
      await runtime.close();
      await node.close();
    });

    it('a container starts in its group, is counted, runs commands there, and leaves nothing', async () => {
      const cgroupParent = `${node.plan.cgroupRoot}/kubepods/podx`;
      const sandbox = sandboxOf(node.folder, cgroupParent);
      const { signal } = new AbortController();
      const sandboxId = await runtime.runPodSandbox(sandbox, { signal });
      const id = await runtime.createContainer(sandboxId, containerOf('while :; do :; done'), sandbox);
      await runtime.startContainer(id);
      const group = path.join(MOUNT, cgroupParent, id);
      const { pid } = (await runtime.containerStatus(id)) ?? {};
      assert.ok(readFileSync(path.join(group, 'cgroup.procs'), 'utf8').split('\n').includes(String(pid)));
      // its own group is all it sees: programs look for their limits in /sys/fs/cgroup itself
      const { stdout } = await runtime.execSync(id, ['sh', '-c', `cat /proc/self/cgroup ${MOUNT}/cgroup.procs`], 10);
      assert.match(stdout.toString(), /^0::\/$/m);
      assert.match(stdout.toString(), /^1$/m);
      for (const deadline = Date.now() + 20_000; ;) {
        const used = (await runtime.containerStats(id))?.cpuNanoseconds ?? 0n;
        if (used > 10_000_000n) break;
        assert.ok(Date.now() < deadline, `only ${used} ns were counted`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await runtime.stopContainer(id, 0);
      assert.equal((await runtime.containerStatus(id))?.exitCode, 137);
      await runtime.removePodSandbox(sandboxId);
      assert.equal(existsSync(group), false);
    });

    it('a privileged container sees the groups of its node', async () => {
      const cgroupParent = `${node.plan.cgroupRoot}/kubepods/pody`;
      const sandbox = sandboxOf(node.folder, cgroupParent);
      const sandboxId = await runtime.runPodSandbox(sandbox, { signal: new AbortController().signal });
      const config = containerOf('sleep 600');
      const security = { ...config.security, privileged: true };
      const id = await runtime.createContainer(sandboxId, { ...config, security }, sandbox);
      await runtime.startContainer(id);
      const { stdout } = await runtime.execSync(id, ['cat', '/proc/self/cgroup'], 10);
      assert.match(stdout.toString(), new RegExp(`^0::${cgroupParent}/${id}$`, 'm'));
      await runtime.removePodSandbox(sandboxId);
    });
  });
}

const sandboxOf = (folder: string, cgroupParent: string): SandboxConfig => ({
  name: 'v2',
  uid: 'u',
  namespace: 'default',
  attempt: 0,
  hostname: 'v2',
  logDirectory: path.join(folder, 'logs'),
  labels: {},
  annotations: {},
  dns: { servers: [], searches: [], options: [] },
  portMappings: [],
  network: 'pod',
  pid: 'container',
  ipc: 'pod',
  sysctls: {},
  cgroupParent,
});

const containerOf = (script: string): ContainerConfig => ({
  name: 'main',
  attempt: 0,
  image: TEST_IMAGE,
  command: ['sh', '-c', script],
  args: [],
  workingDir: '',
  env: [],
  mounts: [],
  devices: [],
  labels: {},
  annotations: {},
  logPath: 'main/0.log',
  stdin: false,
  stdinOnce: false,
  tty: false,
  resources: {},
  security: {
    privileged: false,
    supplementalGroups: [],
    readOnlyRootfs: false,
    noNewPrivileges: false,
    addCapabilities: [],
    dropCapabilities: [],
    seccomp: 'unconfined',
  },
});
