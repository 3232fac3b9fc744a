import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { containerConfig, NEVER, sandboxConfig, until } from '../conformance/harness.ts';
import type { Runtime } from '../runtime.ts';
import { createRuncNode, TEST_IMAGE, whyNoRuncNode, type RuncNode } from '../testing/runc-node.ts';
import { layoutOf } from './layout.ts';
import { mountsUnder } from '../mount-table.ts';

describe('the root file system that a sandbox expects to need', { skip: await whyNoRuncNode() }, () => {
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
  const roots = () => mountsUnder(layoutOf(node.plan.root).containers);
  const claims = () => readdirSync(path.join(node.plan.imageRoot, 'uses'));
  const begin = async (expectedImage: string) => {
    const config = { ...sandboxConfig(node.folder), expectedImage };
    return { config, sandbox: await runtime.runPodSandbox(config, { signal: NEVER }) };
  };

  it('is mounted before its container is made, and is that one', async () => {
    const { config, sandbox } = await begin(TEST_IMAGE);
    const ahead = await until('it is mounted', () => roots()[0]);
    const id = await runtime.createContainer(sandbox, containerConfig(TEST_IMAGE, ['sleep', '1000']), config);
    assert.deepEqual(roots(), [ahead]);
    assert.equal(ahead, layoutOf(node.plan.root).container(id).rootfs);
    await runtime.startContainer(id);
    const second = await runtime.createContainer(sandbox, containerConfig(TEST_IMAGE, ['sleep', '1000']), config);
    assert.equal(roots().length, 2);
    assert.deepEqual(claims().toSorted(), [id, second].map((one) => `${one}.json`).toSorted());
    await runtime.removePodSandbox(sandbox);
  });

  it('goes with the sandbox where nothing took it', async () => {
    const { sandbox } = await begin(TEST_IMAGE);
    await until('it is mounted', () => roots()[0]);
    await runtime.removePodSandbox(sandbox);
    assert.deepEqual([roots(), claims()], [[], []]);
    assert.deepEqual(readdirSync(layoutOf(node.plan.root).layers), []);
  });

  it('goes when the driver closes, as nobody else knows of it', async () => {
    const { sandbox } = await begin(TEST_IMAGE);
    await until('it is mounted', () => roots()[0]);
    await runtime.close();
    assert.deepEqual([roots(), claims()], [[], []]);
    runtime = await node.open();
    await runtime.removePodSandbox(sandbox);
  });

  it('is left alone where the image is not there yet', async () => {
    const { sandbox } = await begin('nowhere.example/none:1');
    assert.deepEqual(roots(), []);
    await runtime.removePodSandbox(sandbox);
    assert.ok(!existsSync(layoutOf(node.plan.root).sandbox(sandbox).folder));
  });
});
