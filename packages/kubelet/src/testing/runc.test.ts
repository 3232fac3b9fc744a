/** For tests over real containers: an image store with busybox in it, and names of a test's own for all that is made. */
import { randomBytes } from 'node:crypto';
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { buildImageArchive, createExec, findBusybox, openImageStore, readBusyboxFiles } from '@mkube/runtime';
import { mountTmpfs, unmountBelow } from '../volumes/mounts.ts';
import { removeTree } from '../node/cgroups.ts';
import type { RuncConfig } from './kubelet-process.test.ts';

export interface RuncFolder {
  config: RuncConfig;
  remove(): Promise<void>;
}

/** `imagesBytes`: the images are on a disk of so many bytes. */
export async function makeRuncFolder({ imagesBytes }: { imagesBytes?: number } = {}): Promise<RuncFolder> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'mkube-runc-'));
  const id = randomBytes(3).toString('hex');
  const config = {
    root: path.join(folder, 'runc'),
    imageRoot: path.join(folder, 'images'),
    cgroupRoot: `/mkube-test-${id}`,
    network: { bridge: 'br0', podCidr: '10.99.0.0/24', namePrefix: `t${id}`, stateDir: path.join(folder, 'network') },
  };
  await fs.mkdir(config.imageRoot);
  if (imagesBytes) await mountTmpfs(config.imageRoot, [`size=${imagesBytes}`]);
  const files = await readBusyboxFiles(createExec(), findBusybox() ?? '');
  const archive = buildImageArchive({ tags: ['docker.io/library/busybox:latest'], files });
  await openImageStore(config.imageRoot).load(Readable.from([archive]));
  return {
    config,
    async remove() {
      await unmountBelow(folder);
      await fs.rm(folder, { recursive: true, force: true });
      for (const mount of await fs.readdir('/sys/fs/cgroup'))
        await removeTree(path.join('/sys/fs/cgroup', mount, config.cgroupRoot));
      await removeTree(path.join('/sys/fs/cgroup', config.cgroupRoot));
    },
  };
}

const run = promisify(execFile);

/** Processes whose command line holds a text. */
export async function processesOf(text: string): Promise<string[]> {
  const { stdout } = await run('ps', ['-eo', 'pid,args']);
  return stdout.split('\n').filter((line) => line.includes(text) && !line.includes('ps -eo'));
}
