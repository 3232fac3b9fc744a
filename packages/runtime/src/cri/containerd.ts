/**
 * A containerd of our own: started with a root, state and socket below one folder, in whatever network namespace the caller
 * is in, with CNI plugins of the machine and a pause image made of its busybox. It outlives the caller unless stopped, and is
 * started again when it dies while somebody keeps it; its containers go on meanwhile.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, openSync, closeSync, writeFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { readText, writeFileAtomic } from '../atomic-file.ts';
import type { Exec } from '../exec.ts';
import { buildImageArchive } from '../images/build.ts';
import { findBusybox, readBusyboxFiles } from '../images/busybox.ts';
import { identityOf, isAlive, signalProcess, type ProcessIdentity } from '../process-identity.ts';
import { RuntimeError } from '../runtime.ts';
import { openCriClient } from './client.ts';
import { importImage } from './cri-images.ts';
import { type CniNetwork, formatCniConfig, formatContainerdConfig, PAUSE_IMAGE } from './containerd-config.ts';

export interface ContainerdOptions {
  exec: Exec;
  folder: string;
  /** Default: in the folder, whose path may be too long for a socket. */
  socketPath?: string;
  network: CniNetwork;
  /** What pods see as the name of their machine where they share the node's: default, this one's. */
  hostname?: string;
}

export interface Containerd {
  socketPath: string;
  /** Loads an image archive, as docker save and OCI write them. */
  load(archive: string): Promise<void>;
  /** Looks now and then whether it runs, and starts it again; `onFault` hears why that failed. */
  keep(onFault: (error: unknown) => void): { close(): void };
  stop(): Promise<void>;
}

const LOOK_MS = 500;

/** Starts it, or finds it running. */
export async function startContainerd(options: ContainerdOptions): Promise<Containerd> {
  const { exec, folder, socketPath = path.join(folder, 'c.sock') } = options;
  if (Buffer.byteLength(`${socketPath}.ttrpc`) > 107)
    throw new RuntimeError('CannotRun', `the path ${socketPath} is too long for a socket`);
  const pidFile = path.join(folder, 'containerd.json');
  let identity = await ensureRunning(options, socketPath, pidFile);
  const load = (archive: string): Promise<void> => importImage(exec, socketPath, archive);
  await ensurePause({ exec, folder, socketPath, load });
  return {
    socketPath,
    load,
    keep(onFault) {
      let busy = false;
      const timer = setInterval(() => {
        if (busy || isAlive(identity)) return;
        busy = true;
        ensureRunning(options, socketPath, pidFile)
          .then((found) => (identity = found), onFault)
          .finally(() => (busy = false));
      }, LOOK_MS).unref();
      return { close: () => clearInterval(timer) };
    },
    async stop() {
      if (identity) signalProcess(identity, 'SIGTERM');
      for (const deadline = performance.now() + 10_000; isAlive(identity) && performance.now() < deadline;)
        await pause(20);
      if (identity) signalProcess(identity, 'SIGKILL');
      rmSync(pidFile, { force: true });
    },
  };
}

async function ensureRunning(
  options: ContainerdOptions,
  socketPath: string,
  pidFile: string,
): Promise<ProcessIdentity | undefined> {
  const { exec, folder, network, hostname } = options;
  const running = JSON.parse(readText(pidFile) ?? 'null') as ProcessIdentity | null;
  const logFile = path.join(folder, 'containerd.log');
  let identity = running && isAlive(running) ? running : undefined;
  if (!identity) {
    const cni = path.join(folder, 'cni');
    mkdirSync(cni, { recursive: true, mode: 0o700 });
    writeFileSync(path.join(folder, 'config.toml'), formatContainerdConfig({ folder, cni, socketPath }));
    writeFileSync(path.join(cni, '10-mkube.conflist'), formatCniConfig(network, path.join(folder, 'addresses')));
    const log = openSync(logFile, 'a', 0o600);
    const command = ['containerd', '--config', path.join(folder, 'config.toml')];
    const child = exec.start(hostname === undefined ? command : withHostname(hostname, command), {
      stdio: ['ignore', log, log],
      detached: true,
    });
    closeSync(log);
    child.on('error', () => undefined); // told below: it never answers
    child.unref();
    identity = child.pid === undefined ? undefined : identityOf(child.pid);
    if (identity) writeFileAtomic(pidFile, JSON.stringify(identity));
  }
  await untilAnswering(socketPath, identity, logFile);
  return identity;
}

/** In a UTS namespace of its own, which its shims inherit; becomes the command, under the same pid. */
function withHostname(hostname: string, command: readonly string[]): string[] {
  const script = 'echo "$0" > /proc/sys/kernel/hostname && exec "$@"';
  return ['unshare', '--uts', 'sh', '-c', script, hostname, ...command];
}

async function untilAnswering(socketPath: string, identity: ProcessIdentity | undefined, log: string): Promise<void> {
  const client = await openCriClient(socketPath);
  try {
    for (const deadline = performance.now() + 30_000; performance.now() < deadline; await pause(20)) {
      if (!isAlive(identity)) break;
      const answer = await client.call('Status', {}, { deadline: 1000 }).catch(() => undefined);
      if (answer) return;
    }
  } finally {
    await client.close();
  }
  const said = (readText(log) ?? '').trim().split('\n').at(-1) ?? '';
  throw new RuntimeError('Unavailable', `containerd did not start: ${said}; see ${log}`);
}

async function ensurePause({
  exec,
  folder,
  socketPath,
  load,
}: {
  exec: Exec;
  folder: string;
  socketPath: string;
  load(archive: string): Promise<void>;
}): Promise<void> {
  if (await hasImage(socketPath, PAUSE_IMAGE)) return;
  const busybox = findBusybox();
  if (!busybox)
    throw new RuntimeError('CannotRun', 'no static busybox to make the pause image of: apt-get install busybox-static');
  const archive = path.join(folder, `pause-${randomBytes(4).toString('hex')}.tar`);
  const config = { Entrypoint: ['/bin/busybox', 'sleep', 'infinity'] };
  try {
    writeFileSync(
      archive,
      buildImageArchive({ tags: [PAUSE_IMAGE], files: await readBusyboxFiles(exec, busybox), config }),
    );
    await load(archive);
  } finally {
    rmSync(archive, { force: true });
  }
}

async function hasImage(socketPath: string, image: string): Promise<boolean> {
  const client = await openCriClient(socketPath);
  try {
    return ((await client.call('ImageStatus', { image: { image } })).image?.id ?? '') !== '';
  } finally {
    await client.close();
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
