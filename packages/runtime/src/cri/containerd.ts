/**
 * A containerd of our own: started with a root, state and socket below one folder, in whatever network namespace the caller
 * is in, with CNI plugins of the machine and a pause image made of its busybox. It outlives the caller unless stopped.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, openSync, closeSync, writeFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { readText, writeFileAtomic } from '../atomic-file.ts';
import { runOrThrow, type Exec } from '../exec.ts';
import { buildImageArchive } from '../images/build.ts';
import { findBusybox, readBusyboxFiles } from '../images/busybox.ts';
import { identityOf, isAlive, signalProcess, type ProcessIdentity } from '../process-identity.ts';
import { RuntimeError } from '../runtime.ts';
import { openCriClient } from './client.ts';

export interface ContainerdOptions {
  exec: Exec;
  folder: string;
  bridge: string;
  podCidr: string;
  cniPlugins?: string;
}

export interface Containerd {
  socketPath: string;
  /** Loads an image archive, as docker save and OCI write them. */
  load(archive: string): Promise<void>;
  stop(): Promise<void>;
}

const PAUSE_IMAGE = 'mkube.local/pause:1';
const CNI_PLACES = ['/opt/cni/bin', '/usr/lib/cni', '/usr/libexec/cni'];

/** Starts it, or finds it running. */
export async function startContainerd(options: ContainerdOptions): Promise<Containerd> {
  const { exec, folder } = options;
  const socketPath = path.join(folder, 'c.sock');
  if (Buffer.byteLength(`${socketPath}.ttrpc`) > 107)
    throw new RuntimeError('CannotRun', `the path ${socketPath} is too long for a socket`);
  const pidFile = path.join(folder, 'containerd.json');
  const running = JSON.parse(readText(pidFile) ?? 'null') as ProcessIdentity | null;
  let identity = running && isAlive(running) ? running : undefined;
  if (!identity) {
    writeConfig(options, socketPath);
    const log = openSync(path.join(folder, 'containerd.log'), 'a', 0o600);
    const child = exec.start(['containerd', '--config', path.join(folder, 'config.toml')], {
      stdio: ['ignore', log, log],
      detached: true,
    });
    closeSync(log);
    child.on('error', () => undefined); // told below: it never answers
    child.unref();
    identity = child.pid === undefined ? undefined : identityOf(child.pid);
    if (identity) writeFileAtomic(pidFile, JSON.stringify(identity));
  }
  const load = (archive: string): Promise<void> => importImage(exec, socketPath, archive);
  await untilAnswering(socketPath, identity, path.join(folder, 'containerd.log'));
  await loadPause(exec, folder, load);
  return {
    socketPath,
    load,
    async stop() {
      if (identity) signalProcess(identity, 'SIGTERM');
      for (const deadline = Date.now() + 10_000; isAlive(identity) && Date.now() < deadline;) await pause(20);
      if (identity) signalProcess(identity, 'SIGKILL');
      rmSync(pidFile, { force: true });
    },
  };
}

function writeConfig({ folder, bridge, podCidr, cniPlugins }: ContainerdOptions, socketPath: string): void {
  const cni = path.join(folder, 'cni');
  mkdirSync(cni, { recursive: true, mode: 0o700 });
  const plugins =
    cniPlugins ?? CNI_PLACES.find((place) => existsSync(path.join(place, 'bridge'))) ?? CNI_PLACES[0] ?? '';
  writeFileSync(path.join(folder, 'config.toml'), formatConfig({ folder, cni, plugins, socketPath }));
  writeFileSync(path.join(cni, '10-mkube.conflist'), JSON.stringify(cniConfig(bridge, podCidr, folder), null, 2));
}

/** Names of files are quoted as JSON, which TOML reads as well. */
function formatConfig({
  folder,
  cni,
  plugins,
  socketPath,
}: {
  folder: string;
  cni: string;
  plugins: string;
  socketPath: string;
}): string {
  const text = (value: string): string => JSON.stringify(value);
  return `version = 2
root = ${text(path.join(folder, 'root'))}
state = ${text(path.join(folder, 'state'))}
[grpc]
  address = ${text(socketPath)}
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${text(PAUSE_IMAGE)}
  restrict_oom_score_adj = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = ${text(plugins)}
    conf_dir = ${text(cni)}
[plugins."io.containerd.internal.v1.opt"]
  path = ${text(path.join(folder, 'opt'))}
`;
}

function cniConfig(bridge: string, podCidr: string, folder: string): object {
  const routes = [{ dst: '0.0.0.0/0' }];
  const ipam = { type: 'host-local', ranges: [[{ subnet: podCidr }]], routes, dataDir: path.join(folder, 'addresses') };
  return {
    cniVersion: '0.4.0',
    name: 'mkube',
    plugins: [
      { type: 'bridge', bridge, isGateway: true, hairpinMode: true, ipMasq: false, ipam },
      { type: 'portmap', capabilities: { portMappings: true }, snat: true },
    ],
  };
}

async function untilAnswering(socketPath: string, identity: ProcessIdentity | undefined, log: string): Promise<void> {
  const client = await openCriClient(socketPath);
  try {
    for (const deadline = Date.now() + 30_000; Date.now() < deadline; await pause(20)) {
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

async function importImage(exec: Exec, socketPath: string, archive: string): Promise<void> {
  await runOrThrow(exec, ['ctr', '--address', socketPath, '--namespace', 'k8s.io', 'images', 'import', archive]);
}

async function loadPause(exec: Exec, folder: string, load: (archive: string) => Promise<void>): Promise<void> {
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

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
