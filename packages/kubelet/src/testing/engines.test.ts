/** For tests of pods on real engines: runc, a containerd and a dockerd of the test's own, each with busybox loaded. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, createReadStream, existsSync, openSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import {
  buildImageArchive,
  createBridgeNetwork,
  createCriRuntime,
  createDockerRuntime,
  createExec,
  findBusybox,
  openDockerImages,
  readBusyboxFiles,
  removeBridgeNetwork,
  startContainerd,
} from '@mkube/runtime';
import { removeTree } from '../node/cgroups.ts';
import type { Engine } from '../pods/matrix/describe-matrix.test.ts';
import { unmountBelow } from '../volumes/mounts.ts';
import { openRunc } from './kubelet-process.test.ts';
import { eventually } from './node.test.ts';
import { makeRuncFolder } from './runc.test.ts';

const exec = createExec();

export async function openRuncEngine(): Promise<Engine> {
  const folder = await makeRuncFolder();
  return { runtime: await openRunc(folder.config), cgroupRoot: folder.config.cgroupRoot, close: () => folder.remove() };
}

export async function openContainerdEngine(): Promise<Engine> {
  const { folder, mark, podCidr, archive, cgroupRoot } = await makeFolder('mkc');
  const network = { name: `mk${mark}`, podCidr };
  const containerd = await startContainerd({ exec, folder: path.join(folder, 'c'), network });
  await containerd.load(archive);
  const runtime = await createCriRuntime({ socketPath: containerd.socketPath, pollEvery: 200 });
  return {
    runtime,
    cgroupRoot,
    async close() {
      await containerd.stop();
      await clear(folder, cgroupRoot);
    },
  };
}

export async function openDockerEngine(): Promise<Engine> {
  const { folder, mark, podCidr, archive, cgroupRoot } = await makeFolder('mkd');
  const { dockerd, socketPath } = await startDockerd(folder);
  const images = openDockerImages({ socketPath, tmp: folder });
  await images.load(createReadStream(archive));
  images.close();
  const network = { bridge: `mk${mark}`, podCidr, namePrefix: `mk${mark}`, stateDir: path.join(folder, 'network') };
  const scope = { cluster: `mk${mark}`, node: 'test' };
  const runtime = await createDockerRuntime({ socketPath, scope, network: createBridgeNetwork(network) });
  return {
    runtime,
    cgroupRoot,
    async close() {
      dockerd.kill('SIGTERM');
      await new Promise((resolve) => dockerd.once('exit', resolve));
      await removeBridgeNetwork(network);
      await clear(folder, cgroupRoot);
    },
  };
}

async function makeFolder(prefix: string) {
  const folder = await fs.mkdtemp(`/tmp/${prefix}-`); // short: sockets live below it
  const mark = randomBytes(3).toString('hex');
  const archive = path.join(folder, 'image.tar');
  const files = await readBusyboxFiles(exec, findBusybox() ?? '');
  await fs.writeFile(archive, buildImageArchive({ tags: ['docker.io/library/busybox:latest'], files }));
  return { folder, mark, archive, podCidr: '198.19.1.0/24', cgroupRoot: `/mkube-test-${mark}` };
}

/** That touches no firewall and no bridge of the machine. */
async function startDockerd(folder: string): Promise<{ dockerd: ChildProcess; socketPath: string }> {
  const at = (name: string): string => path.join(folder, name);
  const socketPath = at('d.sock');
  const own = ['--data-root', at('data'), '--exec-root', at('exec'), '--pidfile', at('pid')];
  const apart = ['--iptables=false', '--ip6tables=false', '--ip-masq=false', '--bridge=none'];
  const log = openSync(at('log'), 'a');
  const dockerd = spawn('dockerd', [...own, '--host', `unix://${socketPath}`, ...apart], {
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  await eventually('dockerd answers', async () => existsSync(socketPath), 60_000);
  return { dockerd, socketPath };
}

async function clear(folder: string, cgroupRoot: string): Promise<void> {
  await unmountBelow(folder);
  await fs.rm(folder, { recursive: true, force: true });
  for (const mount of await fs.readdir('/sys/fs/cgroup'))
    await removeTree(path.join('/sys/fs/cgroup', mount, cgroupRoot));
  await removeTree(path.join('/sys/fs/cgroup', cgroupRoot));
}
