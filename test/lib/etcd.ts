/** An etcd of the test's own, with data and ports of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { eventually } from './command-cluster.ts';

export interface Etcd {
  /** 'etcd://127.0.0.1:41234' */
  url: string;
  close(): Promise<void>;
}

export const whyNoEtcd = (): string | false =>
  (process.env['PATH'] ?? '').split(':').some((folder) => fs.existsSync(path.join(folder, 'etcd')))
    ? false
    : 'no etcd: install etcd-server';

export async function startEtcd(): Promise<Etcd> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mkube-etcd-'));
  const [client, peer] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`];
  const flags = {
    'data-dir': folder,
    name: 'test',
    'log-level': 'error',
    'listen-client-urls': client,
    'advertise-client-urls': client,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `test=${peer}`,
  };
  const argv = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  const child = spawn('etcd', argv, { stdio: 'ignore' });
  const close = async (): Promise<void> => {
    const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
    child.kill('SIGKILL');
    await ended;
    fs.rmSync(folder, { recursive: true, force: true });
  };
  try {
    await eventually('etcd answers', () =>
      fetch(`${client}/health`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
  } catch (error) {
    await close();
    throw error;
  }
  return { url: `etcd://${client.slice('http://'.length)}`, close };
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
