/** For tests: an etcd of one's own, with its own data and ports, started, killed and started again. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

export interface EtcdProcess {
  readonly url: string;
  start(): Promise<void>;
  /** kill -9 */
  kill(): Promise<void>;
  /** Kills it and removes its data. */
  remove(): Promise<void>;
}

/** Undefined where etcd is not installed. */
export async function etcdVersion(): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('etcd', ['--version']);
    return /etcd Version: (\S+)/.exec(stdout)?.[1];
  } catch {
    return undefined;
  }
}

export async function createEtcdProcess(): Promise<EtcdProcess> {
  const folder = await mkdtemp(path.join(tmpdir(), 'mkube-etcd-'));
  const [client, peer] = [await freePort(), await freePort()].map((port) => `http://127.0.0.1:${port}`);
  const flags = {
    'data-dir': folder,
    name: 'test',
    logger: 'zap',
    'log-level': 'error',
    'listen-client-urls': client,
    'advertise-client-urls': client,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `test=${peer}`,
  };
  const argv = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  let child: ChildProcess | undefined;
  const kill = async (): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  return {
    url: `etcd://${client?.slice('http://'.length)}`,
    async start() {
      child = spawn('etcd', argv, { stdio: 'ignore', env: { ...process.env, ETCD_UNSUPPORTED_ARCH: process.arch } });
      for (const end = performance.now() + 20_000; ;) {
        const answer = await fetch(`${client}/health`).catch(() => undefined);
        if (answer?.ok) return;
        if (performance.now() > end || child.exitCode !== null) throw new Error('etcd did not come up');
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    kill,
    async remove() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Below the ports that systems give to whoever asks for any: nobody takes it between this look and the start of etcd. */
async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(randomInt(10_000, 30_000), '127.0.0.1');
    const [port] = await once(server, 'listening').then(
      () => [(server.address() as AddressInfo).port],
      () => [],
    );
    server.close();
    if (port !== undefined) return port;
  }
}
