import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import path from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { containerConfig, NEVER, sandboxConfig, until, untilExited } from '../conformance/harness.ts';
import { createRuncNode, TEST_IMAGE, whyNoRuncNode, type RuncNode } from '../testing/runc-node.ts';
import { createExec } from '../exec.ts';
import { conmonArgv, openConmon } from './conmon.ts';
import { layoutOf } from './layout.ts';
import { openRecords } from './records.ts';
import { mountsUnder } from '../mount-table.ts';

const ROUNDS = 6;

describe('a kubelet that is killed', { skip: await whyNoRuncNode() }, () => {
  it('leaves nothing that the next one does not find, and loses no exit code', { timeout: 120_000 }, async () => {
    const node = await createRuncNode();
    try {
      for (let round = 0; round < ROUNDS; round++) await crashAndAdopt(node, 100 + Math.random() * 500);
    } finally {
      await node.close();
    }
    assert.deepEqual(tracesOf(node), [], 'nothing is left of the node');
  });

  it('hears the truth of a container whose monitor was killed', async () => {
    const node = await createRuncNode();
    const runtime = await node.open();
    try {
      const config = sandboxConfig(node.folder);
      const sandbox = await runtime.runPodSandbox(config, { signal: NEVER });
      const id = await runtime.createContainer(sandbox, containerConfig(TEST_IMAGE, ['sleep', '1000']), config);
      await runtime.startContainer(id);
      const { pid = 0 } = (await runtime.containerStatus(id)) ?? {};
      const monitor = Number(readFileSync(layoutOf(node.plan.root).container(id).conmonPidFile, 'utf8'));
      process.kill(monitor, 'SIGKILL');
      const status = await untilExited(runtime, id);
      assert.deepEqual([status.exitCode, status.reason], [255, 'Unknown']);
      assert.match(status.message ?? '', /conmon/);
      await until('its process to go', () => (processes().some((p) => p.pid === pid) ? undefined : true));
    } finally {
      await runtime.close();
      await node.close();
    }
  });

  it('starts nothing that the next one might start as well: the gate opens with its end, on a bundle without a config', async () => {
    const node = await createRuncNode();
    let runtime = await node.open();
    try {
      const config = sandboxConfig(node.folder);
      const sandbox = await runtime.runPodSandbox(config, { signal: NEVER });
      const id = await runtime.createContainer(sandbox, containerConfig(TEST_IMAGE, ['sleep', '1000']), config);
      await runtime.close();
      await killedWhileStarting(node, id);
      runtime = await node.open();
      assert.equal((await runtime.containerStatus(id))?.state, 'created');
      await runtime.startContainer(id);
      assert.equal((await runtime.containerStatus(id))?.state, 'running');
      await runtime.removePodSandbox(sandbox);
    } finally {
      await runtime.close();
      await node.close();
    }
  });

  it('is told after a boot what ran before it, and that it runs no more', async () => {
    const node = await createRuncNode();
    const live = path.join(node.folder, 'live');
    let runtime = await node.open({ live });
    try {
      const config = sandboxConfig(node.folder);
      const sandbox = await runtime.runPodSandbox(config, { signal: NEVER });
      const id = await runtime.createContainer(sandbox, containerConfig(TEST_IMAGE, ['sleep', '1000']), config);
      await runtime.startContainer(id);
      await runtime.close();
      cutPower(node, live);
      runtime = await node.open({ live });
      const status = await runtime.containerStatus(id);
      assert.deepEqual([status?.state, status?.exitCode, status?.reason], ['exited', 255, 'Unknown']);
      assert.match(status?.message ?? '', /started anew/);
      assert.equal((await runtime.podSandboxStatus(sandbox))?.state, 'notready');
      await runtime.removePodSandbox(sandbox);
      assert.deepEqual(readdirSync(layoutOf(node.plan.root).layers), []);
    } finally {
      await runtime.close();
      await node.close();
    }
  });
});

/** As a kubelet leaves it that has noted the start, begun a monitor, and got no further. */
async function killedWhileStarting({ plan }: RuncNode, id: string): Promise<void> {
  const layout = layoutOf(plan.root);
  const records = openRecords(layout.records);
  const record = records.containers.find((one) => one.id === id) ?? assert.fail('no record');
  records.saveContainer({ ...record, state: 'starting' });
  records.close();
  const { tty, stdin, stdinOnce } = record.config;
  const { logPath } = record;
  const argv = conmonArgv({ id, layout, runc: '/usr/sbin/runc', conmon: 'conmon', logPath, tty, stdin, stdinOnce });
  const started: ChildProcess[] = [];
  const exec = createExec();
  const start: typeof exec.start = (what, how) => {
    const child = exec.start(what, how);
    started.push(child);
    return child;
  };
  openConmon({ ...exec, start }, argv, layout.container(id).folder);
  for (const { stdio } of started) (stdio.at(-1) as Socket).destroy();
  await until('its monitor to be there', () => existsSync(layout.container(id).conmonPidFile) || undefined);
}

/** Ends what runs, with all that the kernel and its memory keep of it. */
function cutPower(node: RuncNode, live: string): void {
  for (const { pid, argv } of processes()) if (argv.includes('conmon') && argv.join(' ').includes(live)) killTree(pid);
  const points = mountsUnder(node.folder);
  if (points.length > 0) spawnSync('umount', ['--lazy', ...points]);
  rmSync(live, { recursive: true, force: true });
  writeFileSync(layoutOf(node.plan.root).boot, 'another');
}

/** A monitor first: it would write down how its container ends. */
function killTree(pid: number): void {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  for (const each of [pid, ...children]) process.kill(each, 'SIGKILL');
}

async function crashAndAdopt(node: RuncNode, afterMs: number): Promise<void> {
  const acknowledged = await runUntilKilled(node, afterMs);
  const runtime = await node.open();
  try {
    const containers = await runtime.listContainers();
    const known = new Set(containers.map((c) => c.id));
    const monitors = processes().filter((p) => p.argv.includes('conmon') && p.argv.join(' ').includes(node.folder));
    for (const { argv } of monitors)
      assert.ok(known.has(argv[argv.indexOf('--cid') + 1] ?? ''), 'a container nobody knows');
    for (const { id, fate } of acknowledged) {
      if (fate === 'stays') assert.equal((await runtime.containerStatus(id))?.state, 'running');
      if (fate === 'ends') assert.equal((await untilExited(runtime, id)).exitCode, 17);
    }
    await Promise.all((await runtime.listPodSandboxes()).map(({ id }) => runtime.removePodSandbox(id)));
    assert.deepEqual(await runtime.listContainers(), []);
  } finally {
    await runtime.close();
  }
  assert.deepEqual(readdirSync(layoutOf(node.plan.root).sandboxes), []);
}

/** The containers that were said to be started, and what was to become of them. */
async function runUntilKilled({ plan, folder }: RuncNode, afterMs: number): Promise<{ id: string; fate: string }[]> {
  const script = fileURLToPath(new URL('../testing/busy-kubelet.js', import.meta.url));
  const child = spawn(process.execPath, [script, JSON.stringify({ plan, folder })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    if (said === '') setTimeout(() => child.kill('SIGKILL'), afterMs);
    said += chunk.toString();
  });
  await new Promise((resolve) => child.on('close', resolve));
  return [...said.matchAll(/^started (\w+) (\w+)$/gm)].map(([, id = '', fate = '']) => ({ id, fate }));
}

interface Process {
  pid: number;
  argv: string[];
}

function processes(): Process[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      readlinkSync(`/proc/${pid}/exe`);
      return [{ pid: Number(pid), argv: readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0') }];
    } catch {
      return []; // it ended meanwhile, or is a zombie or the kernel's
    }
  });
}

/** Whatever on the machine carries the node's mark or folder. */
function tracesOf({ folder, mark }: RuncNode): string[] {
  const lines = (file: string): string[] => readFileSync(file, 'utf8').split('\n');
  const mounts = lines('/proc/self/mountinfo').filter((line) => line.includes(folder));
  const links = lines('/proc/net/dev').filter((line) => line.includes(mark));
  const own = processes().filter((p) => p.pid !== process.pid && p.argv.join(' ').includes(folder));
  const groups = readdirSync('/sys/fs/cgroup', { recursive: false, encoding: 'utf8' }).flatMap((tree) => {
    const full = path.join('/sys/fs/cgroup', tree);
    return tree.includes(mark) ? [full] : listFolder(full).filter((name) => name.includes(mark));
  });
  return [...mounts, ...links, ...own.map((p) => p.argv.join(' ')), ...groups];
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // a file
  }
}
