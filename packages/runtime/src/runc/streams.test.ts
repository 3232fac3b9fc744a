import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { collectedStreams, containerConfig, NEVER, rejectsWith, sandboxConfig } from '../conformance/harness.ts';
import type { Runtime } from '../runtime.ts';
import { createRuncNode, TEST_IMAGE, whyNoRuncNode, type RuncNode } from '../testing/runc-node.ts';

describe('a command in a container of runc', { skip: await whyNoRuncNode() }, () => {
  let node: RuncNode;
  let runtime: Runtime;
  let id = '';
  before(async () => {
    node = await createRuncNode();
    runtime = await node.open();
    const config = sandboxConfig(node.folder);
    const sandbox = await runtime.runPodSandbox(config, { signal: NEVER });
    id = await runtime.createContainer(sandbox, containerConfig(TEST_IMAGE, ['sleep', '1000']), config);
    await runtime.startContainer(id);
  });
  after(async () => {
    await runtime.close();
    await node.close();
  });

  const leaving = ['sh', '-c', 'sleep 1000 & exit 0'];

  it('has its time and no more, where what it left behind holds its output', { timeout: 30_000 }, async () => {
    await rejectsWith('DeadlineExceeded', runtime.execSync(id, leaving, 1));
  });

  it('ends for a caller who had gone before it began', { timeout: 30_000 }, async () => {
    for (const tty of [false, true]) {
      const streams = collectedStreams({ signal: AbortSignal.abort(), tty });
      const code = await runtime.exec(id, ['sleep', '1000'], streams).catch(() => 137);
      assert.notEqual(code, 0);
    }
  });
});
