/**
 * A pod's namespaces without a process in them: pinned by bind mounts on files. A shared pid namespace alone needs a
 * process, for it ends with its first one: that is `sleep` with SIGCHLD ignored, so that the kernel reaps orphans itself.
 */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { isErrno, readText } from '../atomic-file.ts';
import { runOrThrow, type Exec } from '../exec.ts';
import { identityOf, type ProcessIdentity } from '../process-identity.ts';
import { RuntimeError } from '../runtime.ts';
import type { SandboxLayout } from './layout.ts';

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

export async function mountShm(exec: Exec, own: SandboxLayout): Promise<void> {
  const options = 'nosuid,noexec,nodev,mode=1777,size=65536k';
  await runOrThrow(exec, ['mount', '-t', 'tmpfs', '-o', options, 'shm', own.shm]);
}

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
  for (const deadline = Date.now() + 5000; Date.now() < deadline;) {
    if (isMounted(file)) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

const isMounted = (file: string): boolean => (readText('/proc/self/mountinfo') ?? '').includes(` ${file} `);

/** Mount points at or below a folder, deepest first. */
export function mountsUnder(folder: string): string[] {
  const lines = (readText('/proc/self/mountinfo') ?? '').split('\n');
  const points = lines.map((line) => unescapeMount(line.split(' ')[4] ?? ''));
  return points.filter((point) => point === folder || point.startsWith(`${folder}/`)).toReversed();
}

/** Detaches them all; one program for as many as there are. */
export async function unmount(exec: Exec, points: readonly string[]): Promise<void> {
  if (points.length === 0) return;
  await exec.run(['umount', '--lazy', '--no-canonicalize', ...points]);
}

const PATIENCE_MS = 3000;

/**
 * Takes a folder away with all that is mounted in it. A program that a killed kubelet had started may still mount something
 * there: then it is done again.
 */
export async function removeMountedFolder(exec: Exec, folder: string): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; ;) {
    await unmount(exec, mountsUnder(folder));
    try {
      await rm(folder, { recursive: true, force: true });
      return;
    } catch (error) {
      if (!isErrno(error, 'EBUSY', 'ENOTEMPTY') || Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

/** The kernel writes blanks and backslashes of paths as octal. */
function unescapeMount(text: string): string {
  return text.replaceAll(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}
