import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createReadStream, existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describeRuntime, type RuntimeHarness } from '../conformance.ts';
import { until } from '../conformance/harness.ts';
import { whyNoDocker } from './why-no-docker.ts';
import { createExec } from '../exec.ts';
import { buildImageArchive } from '../images/build.ts';
import { findBusybox, readBusyboxFiles } from '../images/busybox.ts';
import { createBridgeNetwork, removeBridgeNetwork } from '../network/bridge-network.ts';
import { ownCapabilities } from '../runc/capabilities.ts';
import { openCgroups } from '../runc/cgroups.ts';
import { clearCgroup } from '../runc/clear-cgroup.ts';
import { mountsUnder } from '../mount-table.ts';
import { detachMounts } from '../runc/mounts.ts';
import { clearDocker } from './clear-docker.ts';
import { openDockerClient } from './client.ts';
import { ensureDockerNetwork } from './docker-network.ts';
import { loadDockerImage } from './pause-image.ts';
import { wholeEngine } from '../supports.ts';
import { createDockerRuntime } from './runtime.ts';

const exec = createExec();
const IMAGE = 'docker.io/library/busybox:test';

const skip = await whyNoDockerd();
describeRuntime('docker', { supports: wholeEngine, required: true, skip, open: () => openDocker() });
describeRuntime('docker, in a network of its own', {
  supports: wholeEngine,
  required: true,
  skip,
  open: () => openDocker({ ownNetwork: true }),
});

async function whyNoDockerd(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'dockerd needs root';
  const found = await exec.run(['dockerd', '--version']).catch(() => undefined);
  if (found?.code !== 0) return 'no dockerd: apt-get install docker.io';
  return findBusybox() ? undefined : 'no static busybox: apt-get install busybox-static';
}

const hasAllCapabilities = (): boolean => ownCapabilities().includes('CAP_SYS_RESOURCE');

/** A dockerd of our own, that touches no firewall and no bridge of the machine. */
async function openDocker({ ownNetwork = false } = {}): Promise<RuntimeHarness> {
  const folder = mkdtempSync('/tmp/mkd-'); // short: sockets live below it
  const mark = randomBytes(3).toString('hex');
  const at = (name: string): string => path.join(folder, name);
  const socketPath = at('d.sock');
  const own = [
    '--data-root',
    at('data'),
    '--exec-root',
    at('exec'),
    '--host',
    `unix://${socketPath}`,
    '--pidfile',
    at('pid'),
  ];
  const apart = ['--iptables=false', '--ip6tables=false', '--ip-masq=false', '--bridge=none'];
  const log = openSync(at('log'), 'a');
  const dockerd = spawn('dockerd', [...own, ...apart], { stdio: ['ignore', log, log] });
  await until(
    'dockerd',
    async () => (existsSync(socketPath) && (await whyNoDocker(socketPath)) === undefined ? true : undefined),
    60,
  );

  const archive = at('image.tar');
  const files = await readBusyboxFiles(exec, findBusybox() ?? '');
  writeFileSync(archive, buildImageArchive({ tags: [IMAGE], files, config: { Cmd: ['sh'] } }));
  const client = openDockerClient(socketPath);
  await loadDockerImage(client, createReadStream(archive));
  client.close();

  const network = {
    bridge: `mk${mark}`,
    podCidr: `198.19.${randomBytes(1)[0]}.0/24`,
    namePrefix: `mk${mark}`,
    stateDir: at('network'),
  };
  const cluster = `mk${mark}`;
  const addresses = network.podCidr.replace(/0\/24$/, '');
  const ranges = { cidr: network.podCidr, podRange: `${addresses}128/25`, hostAddress: `${addresses}1` };
  if (ownNetwork) await ensureDockerNetwork({ socketPath, cluster, link: network.bridge, ...ranges });
  const open = () =>
    createDockerRuntime({
      socketPath,
      scope: { cluster, node: 'test' },
      ...(ownNetwork ? { dockerNetwork: cluster } : { network: createBridgeNetwork(network) }),
    });
  const harness: RuntimeHarness = {
    runtime: await open(),
    image: IMAGE,
    folder,
    cgroupParent: `/mkube-test-${mark}`,
    cannot: hasAllCapabilities()
      ? {}
      : { 'gives a privileged container the rights of the node': 'this root lacks some, and Docker asks for all' },
    async reopen(meanwhile) {
      await harness.runtime.close();
      await meanwhile?.();
      harness.runtime = await open();
    },
    async close() {
      const sandboxes = await harness.runtime.listPodSandboxes();
      await Promise.all(sandboxes.map(({ id }) => harness.runtime.removePodSandbox(id)));
      await harness.runtime.close();
      await clearDocker({ socketPath, cluster, remove: true });
      dockerd.kill('SIGTERM');
      await new Promise((resolve) => dockerd.once('exit', resolve));
      await removeBridgeNetwork(network);
      await clearCgroup(openCgroups(), `/mkube-test-${mark}`);
      await detachMounts(exec, mountsUnder(folder));
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return harness;
}
