import { describe, it } from 'node:test';
import { containerConfig, NEVER, sandboxConfig } from '../conformance/harness.ts';
import { createExec, type Exec } from '../exec.ts';
import { createBridgeNetwork } from '../network/bridge-network.ts';
import { assertGolden } from '../testing/golden.ts';
import { createRuncNode, TEST_IMAGE, whyNoRuncNode } from '../testing/runc-node.ts';

describe('the programs of a pod', { skip: await whyNoRuncNode() }, () => {
  it('are exactly these, from its start to its end', async () => {
    const node = await createRuncNode();
    const recorded: string[] = [];
    const exec = recording(createExec(), recorded);
    const network = createBridgeNetwork({ ...node.plan.network, exec });
    const runtime = await node.open({ exec, network, warmSandboxes: 0 });
    try {
      const config = sandboxConfig(node.folder);
      const sandbox = await runtime.runPodSandbox(config, { signal: NEVER });
      const container = await runtime.createContainer(sandbox, containerConfig(TEST_IMAGE, ['sleep', '1000']), config);
      await runtime.startContainer(container);
      await runtime.execSync(container, ['true'], 10);
      await runtime.updateContainerResources(container, { memoryLimit: 64 << 20 });
      await runtime.stopContainer(container, 0);
      await runtime.removeContainer(container);
      await runtime.removePodSandbox(sandbox);
      const names: [string, string][] = [
        [sandbox, 'SANDBOX'],
        [container, 'CONTAINER'],
        [node.folder, ''],
        [config.uid, 'UID'],
        [node.mark, 'MARK'],
        [node.plan.network.podCidr.replace('.0/24', ''), '198.18.0'],
      ];
      assertGolden('pod-argv.txt', redact(recorded, names));
    } finally {
      await runtime.close();
      await node.close();
    }
  });
});

/** Every argv, in the order of their starts; what goes in by stdin is indented below. */
function recording(inner: Exec, lines: string[]): Exec {
  return {
    ...inner,
    run(argv, options) {
      lines.push(argv.join(' '), ...(options?.input?.trim().split('\n') ?? []).map((line) => `    ${line}`));
      return inner.run(argv, options);
    },
    start(argv, options) {
      lines.push(argv.join(' '));
      return inner.start(argv, options);
    },
  };
}

function redact(lines: string[], names: [string, string][]): string {
  const plain = names.reduce((text, [word, name]) => text.replaceAll(word, name), lines.join('\n'));
  const named = plain.replaceAll(/exec-[0-9a-f]{12}/g, 'exec-ID').replaceAll(`netns ${process.pid}`, 'netns PID');
  const links = named
    .replaceAll(/(MARKp)\w+/g, '$1N')
    .replaceAll(/\S+\/runc (?=--root)/g, 'runc ')
    .replaceAll(/(--runtime) \S+/g, '$1 runc');
  return `${links.replaceAll(/(lowerdir=)[0-9a-z]{26}/g, '$1LAYER')}\n`;
}
