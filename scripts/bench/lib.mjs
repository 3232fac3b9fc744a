// What the benches share: a throw-away cluster with a home of its own, interleaved rounds, medians, the table of results.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '../..');
export const mkube = path.join(root, 'scripts/mkube');

/** Built, with the peers that the tests fetch. */
export async function prepare() {
  if (!fs.existsSync(path.join(root, 'packages/cli/dist/bundle/mkube.cjs')))
    execFileSync('npm', ['run', 'build'], { cwd: root, stdio: 'inherit' });
}

export const median = (values) => percentile(values, 50);
export function percentile(values, p) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * p) / 100))];
}

export function clusterOf(topic) {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), `mkube-bench-${topic}-`));
  const env = { ...process.env, MKUBE_HOME: home, KUBECONFIG: path.join(home, 'kubeconfig'), HOME: home };
  const run = (...args) => {
    const { status, stdout, stderr } = spawnSync(mkube, args, { env, encoding: 'utf8', maxBuffer: 1 << 28 });
    if (status !== 0) throw new Error(`mkube ${args.join(' ')}: ${stderr.trim()}`);
    return stdout;
  };
  return {
    home,
    env,
    run,
    status: () => JSON.parse(spawnSync(mkube, ['status', '-o', 'json'], { env, encoding: 'utf8' }).stdout),
    reset() {
      spawnSync(mkube, ['reset', '--yes'], { env });
      fs.rmSync(home, { recursive: true, force: true });
    },
  };
}

/** An HTTPS connection pool to the cluster's API as its admin. */
export async function connect(cluster, options = {}) {
  const { parse } = await import('yaml');
  const { Agent } = await import('undici');
  const config = parse(fs.readFileSync(cluster.env.KUBECONFIG, 'utf8'));
  const text = (data) => Buffer.from(data, 'base64').toString();
  const [{ cluster: server }, { user }] = [config.clusters[0], config.users[0]];
  const dispatcher = new Agent({
    connections: options.connections ?? 64,
    bodyTimeout: 0,
    connect: {
      ca: text(server['certificate-authority-data']),
      cert: text(user['client-certificate-data']),
      key: text(user['client-key-data']),
    },
  });
  return { url: server.server, dispatcher };
}

/** A pod of 3.6 KB as it is stored, its managedFields included, which nobody schedules. */
export const podOf = (metadata = { generateName: 'bench-' }) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { labels: { app: 'bench', tier: 'backend' }, annotations: { note: 'x'.repeat(550) }, ...metadata },
  spec: {
    schedulerName: 'nobody',
    automountServiceAccountToken: false,
    containers: [
      {
        name: 'app',
        image: 'registry.example/team/app:v1',
        env: Array.from({ length: 8 }, (_, i) => ({ name: `VARIABLE_${i}`, value: `value-${i}-${'y'.repeat(24)}` })),
        ports: [{ containerPort: 8080 }],
        resources: { requests: { cpu: '100m', memory: '64Mi' } },
      },
    ],
  },
});

/** Ends the server alone: the network stays, which a server needs to listen. */
export async function endServer(cluster) {
  const { pid } = cluster.status().server;
  process.kill(pid, 'SIGTERM');
  while (fs.existsSync(`/proc/${pid}`)) await wait(10);
}

/** The server of a cluster whose own has ended, as a child: how long until /readyz, and how to stop it. */
export async function serve(cluster) {
  const { default: https } = await import('node:https');
  const script = path.join(root, 'packages/cli/dist/bundle/server.cjs');
  const { port } = JSON.parse(fs.readFileSync(path.join(cluster.home, 'mkube/cluster.json'), 'utf8'));
  const isReady = () =>
    new Promise((resolve) => {
      const options = { host: '127.0.0.1', port, path: '/readyz', rejectUnauthorized: false, agent: false };
      const request = https.get(options, (answer) => resolve(answer.resume().statusCode === 200));
      request.on('error', () => resolve(false));
    });
  const start = performance.now();
  const child = spawn(process.execPath, [script, cluster.home, 'mkube'], { stdio: 'ignore', env: cluster.env });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  while (!(await isReady())) {
    if (child.exitCode !== null) throw new Error('the server ended');
    await wait(5);
  }
  return {
    pid: child.pid,
    readyMs: performance.now() - start,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** One request, its answer's text; tried again while the server has not made what it needs yet. */
export async function call({ dispatcher, url }, method, target, body, type = 'application/json') {
  const { request } = await import('undici');
  const answer = await request(url + target, {
    dispatcher,
    method,
    ...(body !== undefined && { body, headers: { 'content-type': type } }),
  });
  const text = await answer.body.text();
  if (answer.statusCode >= 300) throw new Error(`${method} ${target}: ${answer.statusCode} ${text.slice(0, 300)}`);
  return text;
}

/** Calls `act` count times with so many at once: how many a second, and the milliseconds of each. */
export async function drive({ count, atOnce }, act) {
  const took = [];
  let left = count;
  const start = performance.now();
  const worker = async () => {
    while (left-- > 0) {
      const began = performance.now();
      await act(left);
      took.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return { perSecond: (count / (performance.now() - start)) * 1000, took };
}

/** Milliseconds of one command. */
export function time(file, args, env) {
  const start = process.hrtime.bigint();
  const { status, stderr } = spawnSync(file, args, { env, maxBuffer: 1 << 28 });
  const ms = Number(process.hrtime.bigint() - start) / 1e6;
  if (status !== 0) throw new Error(`${file} ${args.join(' ')}: ${String(stderr)}`);
  return ms;
}

/** Resident MiB of a process, by /proc. */
export const rssOf = (pid) => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

/** CPU seconds of a process so far; with `children`, those of what it started and has seen end too. */
export function cpuOf(pid, { children = false } = {}) {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  const [user, system, childUser, childSystem] = fields.slice(11, 15).map(Number);
  return (user + system + (children ? childUser + childSystem : 0)) / 100;
}

/** Waits until a process has nothing to do any more: what it does in the background at its start is over. */
export async function settle(pid) {
  for (let quiet = 0, tries = 0; quiet < 2 && tries < 60; tries++) {
    const before = cpuOf(pid);
    await wait(1000);
    quiet = cpuOf(pid) - before < 0.05 ? quiet + 1 : 0;
  }
}

export const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** kubectl of the test set-up, or undefined. */
export function kubectl() {
  const file = path.join(root, '.cache/kubectl-v35/kubectl');
  return fs.existsSync(file) ? file : undefined;
}

const ms = (value) => `${value < 100 ? value.toFixed(1) : Math.round(value)} ms`;
export const show = {
  ms,
  perSecond: (value) => `${Math.round(value)}/s`,
  mib: (value) => `${value.toFixed(1)} MiB`,
  ratio: (value) => `${value.toFixed(2)}x`,
};

/** rows: { what, figure, peer?, ratio?, goal?, ok? } */
export function formatRows(rows) {
  const head = { what: 'what', figure: 'mkube', peer: 'peer or floor', ratio: 'ratio', goal: 'goal', ok: '' };
  const lines = [head, ...rows].map((r) => [
    r.what,
    r.figure,
    r.peer ?? '',
    r.ratio === undefined ? '' : typeof r.ratio === 'number' ? show.ratio(r.ratio) : r.ratio,
    r.goal ?? '',
    r.ok === undefined ? '' : r.ok === true ? 'holds' : r.ok === false ? 'falls short' : r.ok,
  ]);
  const widths = lines[0].map((_, i) => Math.max(...lines.map((l) => l[i].length)));
  return lines
    .map((l) =>
      l
        .map((c, i) => c.padEnd(widths[i]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
