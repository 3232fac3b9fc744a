/** A child process for the crash test: starts, ends and removes pods over a node, as fast as it can, until it is killed. */
import { containerConfig, NEVER, sandboxConfig } from '../conformance/harness.ts';
import { openNode, TEST_IMAGE, type NodePlan } from './runc-node.ts';

const { plan, folder } = JSON.parse(process.argv[2] ?? '{}') as { plan: NodePlan; folder: string };
const runtime = await openNode(plan);
process.stdout.write('ready\n');

async function worker(): Promise<never> {
  for (let serial = 0; ; serial++) {
    const fate = ['ends', 'stays', 'goes'][serial % 3] ?? '';
    const script = fate === 'ends' ? 'exit 17' : 'sleep 1000';
    const container = containerConfig(TEST_IMAGE, ['sh', '-c', script], { labels: { fate } });
    const config = { ...sandboxConfig(folder), expected: container };
    const sandbox = await runtime.runPodSandbox(config, { signal: NEVER });
    const id = await runtime.createContainer(sandbox, container, config);
    await runtime.startContainer(id);
    process.stdout.write(`started ${id} ${fate}\n`);
    if (fate === 'goes') await runtime.removePodSandbox(sandbox);
  }
}

await Promise.all([worker(), worker(), worker()]);
