/**
 * Power off for a node: ends all its containers and pods at once and takes away what they hold outside the node's folder
 * (processes, mounts, control groups, addresses). Works on any state that a killed kubelet left; idempotent.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { createExec } from '../exec.ts';
import { openCgroups } from './cgroups.ts';
import { clearCgroup } from './clear-cgroup.ts';
import { mountsUnder } from '../mount-table.ts';
import { detachMounts } from './mounts.ts';
import { createRuncRuntime, type RuncOptions } from './runtime.ts';

export async function clearRuncRoot(options: RuncOptions): Promise<void> {
  const root = path.resolve(options.root);
  if (!existsSync(root)) return;
  const runtime = await createRuncRuntime({ ...options, warmSandboxes: 0 });
  try {
    const sandboxes = await runtime.listPodSandboxes();
    const removed = await Promise.allSettled(sandboxes.map((sandbox) => runtime.removePodSandbox(sandbox.id)));
    const orphans = await runtime.listContainers();
    removed.push(...(await Promise.allSettled(orphans.map((container) => runtime.removeContainer(container.id)))));
    for (const result of removed) if (result.status === 'rejected') throw result.reason;
  } finally {
    await runtime.close();
    await detachMounts(options.exec ?? createExec(), mountsUnder(root));
    await clearCgroup(openCgroups(), options.cgroupRoot ?? '/mkube');
  }
}
