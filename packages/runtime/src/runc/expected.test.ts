import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { containerConfig, NEVER, sandboxConfig, until, untilExited } from '../conformance/harness.ts';
import { createExec } from '../exec.ts';
import type { ContainerConfig, Runtime } from '../runtime.ts';
import { createRuncNode, TEST_IMAGE, whyNoRuncNode, type RuncNode } from '../testing/runc-node.ts';
import { layoutOf } from './layout.ts';
import { mountsUnder } from '../mount-table.ts';

describe('the container that a sandbox expects first', { skip: await whyNoRuncNode() }, () => {
  let node: RuncNode;
  let runtime: Runtime;
  const conmons: number[] = [];
  const open = (): Promise<Runtime> => {
    const exec = createExec();
    const start: typeof exec.start = (argv, options) => {
      const child = exec.start(argv, options);
      if (argv[0] === 'conmon') conmons.push(child.pid ?? 0);
      return child;
    };
    return node.open({ exec: { ...exec, start } });
  };
  before(async () => {
    node = await createRuncNode();
    runtime = await open();
  });
  after(async () => {
    await runtime.close();
    await node.close();
  });
  const sleeper = containerConfig(TEST_IMAGE, ['sleep', '1000']);
  const roots = () => mountsUnder(layoutOf(node.plan.root).containers);
  const claims = () => readdirSync(path.join(node.plan.imageRoot, 'uses'));
  const begin = async (expected: ContainerConfig) => {
    conmons.splice(0);
    const config = sandboxConfig(node.folder, { expected });
    return { config, sandbox: await runtime.runPodSandbox(config, { signal: NEVER }) };
  };
  const untilGone = (pid: number | undefined) =>
    until('the monitor to go', () => (existsSync(`/proc/${pid}`) ? undefined : true));

  it('has its root file system and its monitor before it is made, and takes these', async () => {
    const { config, sandbox } = await begin(sleeper);
    const ahead = await until('its root file system', () => roots()[0]);
    assert.equal(conmons.length, 1);
    const id = await runtime.createContainer(sandbox, sleeper, config);
    assert.deepEqual(roots(), [ahead]);
    assert.equal(ahead, layoutOf(node.plan.root).container(id).rootfs);
    await runtime.startContainer(id);
    assert.equal(conmons.length, 1);
    const second = await runtime.createContainer(sandbox, sleeper, config);
    assert.equal(roots().length, 2);
    assert.deepEqual(claims().toSorted(), [id, second].map((one) => `${one}.json`).toSorted());
    await runtime.removePodSandbox(sandbox);
  });

  it('gets another monitor where it is not as expected', async () => {
    const { config, sandbox } = await begin(sleeper);
    const [waiting] = conmons;
    const other = containerConfig(TEST_IMAGE, ['echo', 'hello'], { logPath: 'app/7.log' });
    const id = await runtime.createContainer(sandbox, other, config);
    await runtime.startContainer(id);
    await untilExited(runtime, id);
    assert.match(readFileSync(path.join(config.logDirectory, 'app/7.log'), 'utf8'), /stdout F hello/);
    await untilGone(waiting);
    await runtime.removePodSandbox(sandbox);
  });

  it('leaves nothing where it is never made', async () => {
    const { sandbox } = await begin(sleeper);
    await until('its root file system', () => roots()[0]);
    await runtime.removePodSandbox(sandbox);
    assert.deepEqual([roots(), claims()], [[], []]);
    assert.deepEqual(readdirSync(layoutOf(node.plan.root).layers), []);
    await untilGone(conmons[0]);
  });

  it('goes when the driver closes, as nobody else knows of it', async () => {
    const { sandbox } = await begin(sleeper);
    await until('its root file system', () => roots()[0]);
    await runtime.close();
    assert.deepEqual([roots(), claims()], [[], []]);
    await untilGone(conmons[0]);
    runtime = await open();
    await runtime.removePodSandbox(sandbox);
  });

  it('is left alone where its image is not there yet', async () => {
    const { sandbox } = await begin({ ...sleeper, image: 'nowhere.example/none:1' });
    assert.deepEqual([roots(), conmons], [[], []]);
    await runtime.removePodSandbox(sandbox);
    assert.ok(!existsSync(layoutOf(node.plan.root).sandbox(sandbox).folder));
  });
});
