import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describeRuntime, type RuntimeHarness } from '../conformance.ts';
import { createExec } from '../exec.ts';
import { buildImageArchive } from '../images/build.ts';
import { findBusybox, readBusyboxFiles } from '../images/busybox.ts';
import { openCgroups } from '../runc/cgroups.ts';
import { clearCgroup } from '../runc/clear-cgroup.ts';
import { mountsUnder } from '../mount-table.ts';
import { detachMounts } from '../runc/mounts.ts';
import { clearContainerd } from './clear-containerd.ts';
import { startContainerd } from './containerd.ts';
import { wholeEngine } from '../supports.ts';
import { createCriRuntime } from './runtime.ts';

const exec = createExec();
const IMAGE = 'docker.io/library/busybox:test';

describeRuntime('containerd', {
  supports: wholeEngine,
  required: true,
  skip: await whyNoContainerd(),
  open: openContainerd,
});

async function whyNoContainerd(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'containerd needs root';
  const found = await exec.run(['containerd', '--version']).catch(() => undefined);
  if (found?.code !== 0) return 'no containerd: apt-get install containerd containernetworking-plugins';
  return findBusybox() ? undefined : 'no static busybox: apt-get install busybox-static';
}

async function openContainerd(): Promise<RuntimeHarness> {
  const folder = mkdtempSync('/tmp/mkc-'); // short: sockets live below it
  const mark = randomBytes(3).toString('hex');
  const podCidr = `198.19.${randomBytes(1)[0]}.0/24`;
  const network = { name: `mk${mark}`, podCidr };
  const containerd = await startContainerd({ exec, folder: path.join(folder, 'c'), network });
  const archive = path.join(folder, 'image.tar');
  writeFileSync(
    archive,
    buildImageArchive({
      tags: [IMAGE],
      files: await readBusyboxFiles(exec, findBusybox() ?? ''),
      config: { Cmd: ['sh'] },
    }),
  );
  await containerd.load(archive);
  const { socketPath } = containerd;
  // seldom enough that only what containerd tells can be heard in time
  const open = () => createCriRuntime({ socketPath, pollEvery: 60_000 });
  const harness: RuntimeHarness = {
    runtime: await open(),
    image: IMAGE,
    folder,
    cgroupParent: `/mkube-test-${mark}`,
    cannot: {
      ...(openCgroups().version === 1 && {
        'limits the number of processes': 'CRI has no such limit but on cgroup v2',
      }),
    },
    async reopen(meanwhile) {
      await harness.runtime.close();
      await meanwhile?.();
      harness.runtime = await open();
    },
    async close() {
      const sandboxes = await harness.runtime.listPodSandboxes();
      await Promise.all(sandboxes.map(({ id }) => harness.runtime.removePodSandbox(id)));
      await harness.runtime.close();
      await containerd.stop();
      await clearCgroup(openCgroups(), `/mkube-test-${mark}`);
      await detachMounts(exec, mountsUnder(folder));
      clearContainerd({ folder: path.join(folder, 'c'), network: network.name });
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return harness;
}
