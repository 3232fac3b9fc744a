/** A dockerd of the test's own, with data and a socket of its own, that touches no firewall and no bridge of the machine. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buildImageArchive, openDockerImages } from '@mkube/runtime';
import { eventually, run } from './command-cluster.ts';

export interface Dockerd {
  /** For DOCKER_HOST. */
  host: string;
  /** The JSON of an answer of its API. */
  get<T>(path: string): Promise<T>;
  /** Runs a container of somebody else's, which dockerd keeps running; gives its state when called. */
  runForeign(): Promise<() => Promise<string>>;
  /** Ended, with all that it runs, and started again. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** `group` may use it as well: a gid. */
export async function startDockerd({ group }: { group?: string } = {}): Promise<Dockerd> {
  const folder = fs.mkdtempSync('/tmp/mkd-'); // short: sockets live below it
  if (group !== undefined) fs.chmodSync(folder, 0o755);
  const at = (name: string) => path.join(folder, name);
  const socketPath = at('d.sock');
  const flags = [
    `--data-root=${at('data')}`,
    `--exec-root=${at('exec')}`,
    `--pidfile=${at('pid')}`,
    `--host=unix://${socketPath}`,
    '--iptables=false',
    '--ip6tables=false',
    '--ip-masq=false',
    '--bridge=none',
    ...(group === undefined ? [] : [`--group=${group}`]),
  ];
  const get = <T>(what: string) => ask<T>(socketPath, 'GET', what);
  let child: ChildProcess;
  const start = async (): Promise<void> => {
    const log = fs.openSync(at('log'), 'a');
    child = spawn('dockerd', flags, { stdio: ['ignore', log, log] });
    fs.closeSync(log);
    await eventually('dockerd answers', () => get('/version').then(Boolean, () => false), 60_000);
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
    child.kill(signal);
    await ended;
  };
  await start();
  return {
    host: `unix://${socketPath}`,
    get,
    async runForeign() {
      const images = openDockerImages({ socketPath, tmp: at('tmp') });
      const files = [{ path: 'sleep', content: fs.readFileSync('/bin/busybox'), mode: 0o755 }];
      await images.load(Readable.from([buildImageArchive({ tags: ['others:1'], files })]));
      images.close();
      const body = {
        Image: 'others:1',
        Cmd: ['/sleep', '100000'],
        HostConfig: { NetworkMode: 'none', RestartPolicy: { Name: 'always' } },
      };
      const { Id } = await ask<{ Id: string }>(socketPath, 'POST', '/containers/create', body);
      await ask(socketPath, 'POST', `/containers/${Id}/start`);
      return async () => (await get<{ State: { Status: string } }>(`/containers/${Id}/json`)).State.Status;
    },
    async restart() {
      await end('SIGTERM');
      await start();
    },
    async close() {
      await end('SIGTERM');
      const mounts = fs
        .readFileSync('/proc/self/mountinfo', 'utf8')
        .split('\n')
        .map((line) => line.split(' ')[4] ?? '');
      const own = mounts.filter((point) => point.startsWith(folder)).toReversed();
      if (own.length > 0) await run('umount', ['--lazy', ...own], process.env, {});
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

function ask<T>(socketPath: string, method: 'GET' | 'POST', what: string, body?: object): Promise<T> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const request = http.request({ socketPath, method, path: what, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString() || '{}') as T));
    });
    request.on('error', reject);
    request.end(body && JSON.stringify(body));
  });
}
