/**
 * A pod's namespaces without a process in them: pinned by bind mounts on files. A shared pid namespace alone needs a
 * process, for it ends with its first one: that is `sleep` with SIGCHLD ignored, so that the kernel reaps orphans itself.
 */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { Exec } from '../exec.ts';
import { mountsUnder } from '../mount-table.ts';
import { identityOf, type ProcessIdentity } from '../process-identity.ts';
import { RuntimeError } from '../runtime.ts';
import type { SandboxLayout } from './layout.ts';
import type { Mount } from './mounts.ts';

export interface NamespaceChoice {
  network: boolean;
  ipc: boolean;
}

/** The argv that makes the namespaces and then runs what follows in them. */
export function unshareArgv(own: SandboxLayout, { network, ipc }: NamespaceChoice): string[] {
  const flags = [...(network ? [`--net=${own.net}`] : []), ...(ipc ? [`--ipc=${own.ipc}`] : []), `--uts=${own.uts}`];
  return ['unshare', ...flags, '--'];
}

/** The files that namespaces are pinned on. */
export function createPins(own: SandboxLayout): void {
  for (const file of [own.net, own.ipc, own.uts]) writeFileSync(file, '');
}

/** The pod's /dev/shm. */
export const shmMount = (own: SandboxLayout): Mount => {
  return { type: 'tmpfs', source: 'shm', target: own.shm, options: 'nosuid,noexec,nodev,mode=1777,size=65536k' };
};

/** Starts the holder of a shared pid namespace; it outlives this process. */
export async function startPause(exec: Exec, own: SandboxLayout): Promise<ProcessIdentity> {
  writeFileSync(own.pid, '');
  const argv = ['unshare', `--pid=${own.pid}`, '--fork', '--kill-child=SIGKILL', '--'];
  const child = exec.start([...argv, 'env', '--ignore-signal=CHLD', 'sleep', 'infinity'], {
    stdio: 'ignore',
    detached: true,
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' },
  });
  const failed = once(child, 'exit').then(() => undefined);
  child.unref();
  await Promise.race([failed, untilPinned(own.pid)]);
  const identity = child.pid === undefined ? undefined : identityOf(child.pid);
  if (!identity) throw new RuntimeError('CannotRun', 'the shared pid namespace could not be made');
  return identity;
}

async function untilPinned(file: string): Promise<void> {
  for (const deadline = performance.now() + 5000; performance.now() < deadline;) {
    if (mountsUnder(file).includes(file)) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
