import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describeRuntime, type RuntimeHarness } from '../conformance.ts';
import { createExec } from '../exec.ts';
import { buildImageArchive } from '../images/build.ts';
import { findBusybox, readBusyboxFiles } from '../images/busybox.ts';
import { openImageStore } from '../images/store.ts';
import { createBridgeNetwork, removeBridgeNetwork } from '../network/bridge-network.ts';
import { clearRuncRoot } from './clear.ts';
import { createRuncRuntime, runcSupports } from './runtime.ts';
import { whyNoRunc } from './requirements.ts';

describeRuntime('runc', { supports: runcSupports, skip: await whyNoRunc(createExec()), open: openRunc });

/** Pods get a bridge of their own on this machine: its range is for documentation, so nothing else uses it. */
async function openRunc(): Promise<RuntimeHarness> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mkube-runc-'));
  const exec = createExec();
  const mark = randomBytes(3).toString('hex');
  const images = openImageStore(path.join(folder, 'images'));
  const files = await readBusyboxFiles(exec, findBusybox() ?? '');
  const archive = path.join(folder, 'busybox.tar');
  writeFileSync(archive, buildImageArchive({ tags: ['busybox:test'], files, config: { Cmd: ['sh'] } }));
  await images.load(archive);
  const networkOptions = {
    bridge: `mk${mark}`,
    podCidr: `198.18.${randomBytes(1)[0]}.0/24`,
    namePrefix: `mk${mark}`,
    stateDir: path.join(folder, 'network'),
  };
  const open = () =>
    createRuncRuntime({
      root: path.join(folder, 'node'),
      images,
      cgroupRoot: `/mkube-test-${mark}`,
      network: createBridgeNetwork(networkOptions),
    });
  const harness: RuntimeHarness = {
    runtime: await open(),
    image: 'busybox:test',
    folder,
    async reopen(meanwhile) {
      await harness.runtime.close();
      await meanwhile?.();
      harness.runtime = await open();
    },
    async close() {
      await harness.runtime.close();
      const network = createBridgeNetwork(networkOptions);
      await clearRuncRoot({ root: path.join(folder, 'node'), images, cgroupRoot: `/mkube-test-${mark}`, network });
      await removeBridgeNetwork(networkOptions);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return harness;
}
