import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { containerConfig, NEVER, sandboxConfig, untilExited } from '../conformance/harness.ts';
import { createExec, type Exec } from '../exec.ts';
import { buildImageArchive } from '../images/build.ts';
import { findBusybox, readBusyboxFiles } from '../images/busybox.ts';
import { openImageStore } from '../images/store.ts';
import { createBridgeNetwork, removeBridgeNetwork } from '../network/bridge-network.ts';
import { assertGolden } from '../testing/golden.ts';
import { whyNoRunc } from './requirements.ts';
import { createRuncRuntime } from './runtime.ts';

const exec = createExec();
const skip =
  (await whyNoRunc(exec)) ?? (findBusybox() ? undefined : 'no static busybox: apt-get install busybox-static');

describe('the programs of a pod', { skip }, () => {
  it('are exactly these, from its start to its end', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'mkube-argv-'));
    const mark = randomBytes(3).toString('hex');
    const recorded: string[] = [];
    const images = openImageStore(path.join(folder, 'images'));
    const archive = path.join(folder, 'image.tar');
    writeFileSync(
      archive,
      buildImageArchive({ tags: ['busybox:1'], files: await readBusyboxFiles(exec, findBusybox() ?? '') }),
    );
    await images.load(archive);
    const own = recording(exec, recorded);
    const network = {
      bridge: `mk${mark}`,
      podCidr: '198.18.250.0/24',
      namePrefix: `mk${mark}`,
      stateDir: path.join(folder, 'network'),
    };
    const bridge = createBridgeNetwork({ ...network, exec: own });
    const root = path.join(folder, 'node');
    const cgroupRoot = `/mkube-test-${mark}`;
    const runtime = await createRuncRuntime({
      root,
      images,
      exec: own,
      network: bridge,
      cgroupRoot,
      warmSandboxes: 0,
      runc: '/usr/sbin/runc',
    });
    try {
      const config = sandboxConfig(folder);
      const sandbox = await runtime.runPodSandbox(config, { signal: NEVER });
      const container = await runtime.createContainer(sandbox, containerConfig('busybox:1', ['sleep', '1000']), config);
      await runtime.startContainer(container);
      await runtime.execSync(container, ['true'], 10);
      await runtime.updateContainerResources(container, { memoryLimit: 64 << 20 });
      await runtime.stopContainer(container, 0);
      await untilExited(runtime, container);
      await runtime.removeContainer(container);
      await runtime.removePodSandbox(sandbox);
      const words: [string, string][] = [
        [sandbox, 'SANDBOX'],
        [container, 'CONTAINER'],
        [folder, ''],
        [config.uid, 'UID'],
        [mark, 'MARK'],
      ];
      assertGolden('pod-argv.txt', redact(recorded, words));
    } finally {
      await runtime.close();
      await removeBridgeNetwork(network);
      rmSync(folder, { recursive: true, force: true });
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

function redact(lines: string[], words: [string, string][]): string {
  const plain = words.reduce((text, [word, name]) => text.replaceAll(word, name), lines.join('\n'));
  const named = plain.replaceAll(/exec-[0-9a-f]{12}/g, 'exec-ID').replaceAll(`netns ${process.pid}`, 'netns PID');
  return `${named.replaceAll(/(lowerdir=)[0-9a-z]{26}/g, '$1LAYER').replaceAll(/(MARKp)\w+/g, '$1N')}\n`;
}
