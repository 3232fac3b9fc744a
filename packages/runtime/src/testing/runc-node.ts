/** A node of its own for a test of the runc driver: folder, images with busybox, a bridge; all taken away at its end. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createExec } from '../exec.ts';
import { buildImageArchive } from '../images/build.ts';
import { findBusybox, readBusyboxFiles } from '../images/busybox.ts';
import { openImageStore } from '../images/store.ts';
import { createBridgeNetwork, removeBridgeNetwork } from '../network/bridge-network.ts';
import type { NetworkOptions } from '../network/network.ts';
import { clearRuncRoot } from '../runc/clear.ts';
import { whyNoRunc } from '../runc/requirements.ts';
import { createRuncRuntime, type RuncOptions } from '../runc/runtime.ts';
import type { Runtime } from '../runtime.ts';

export const TEST_IMAGE = 'busybox:test';

export interface RuncNode {
  folder: string;
  /** Stands in the name of everything the node has outside its folder. */
  mark: string;
  /** Plain data: a child process can open the same node with it. */
  plan: NodePlan;
  open(change?: Partial<RuncOptions>): Promise<Runtime>;
  close(): Promise<void>;
}

export interface NodePlan {
  root: string;
  imageRoot: string;
  cgroupRoot: string;
  network: NetworkOptions;
}

/** Why no such node can be had on this machine. */
export async function whyNoRuncNode(): Promise<string | undefined> {
  const noRunc = await whyNoRunc(createExec());
  return noRunc ?? (findBusybox() ? undefined : 'no static busybox: apt-get install busybox-static');
}

export async function createRuncNode(): Promise<RuncNode> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mkube-runc-'));
  const mark = randomBytes(3).toString('hex');
  const imageRoot = path.join(folder, 'images');
  await loadTestImage(imageRoot, folder);
  const stateDir = path.join(folder, 'network');
  // A range for tests of networks: nothing else on the machine uses it.
  const network = {
    bridge: `mk${mark}`,
    podCidr: `198.18.${randomBytes(1)[0]}.0/24`,
    namePrefix: `mk${mark}`,
    stateDir,
  };
  const plan = { root: path.join(folder, 'node'), imageRoot, cgroupRoot: `/mkube-test-${mark}`, network };
  return {
    folder,
    mark,
    plan,
    open: (change) => openNode(plan, change),
    async close() {
      await clearRuncRoot({ ...plan, network: createBridgeNetwork(network) });
      await removeBridgeNetwork(network);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function openNode(plan: NodePlan, change: Partial<RuncOptions> = {}): Promise<Runtime> {
  return createRuncRuntime({ ...plan, network: createBridgeNetwork(plan.network), ...change });
}

async function loadTestImage(imageRoot: string, folder: string): Promise<void> {
  const files = await readBusyboxFiles(createExec(), findBusybox() ?? '');
  const archive = path.join(folder, 'busybox.tar');
  writeFileSync(archive, buildImageArchive({ tags: [TEST_IMAGE], files, config: { Cmd: ['sh'] } }));
  await openImageStore(imageRoot).load(archive);
}
