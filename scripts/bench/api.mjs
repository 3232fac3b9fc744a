// Creates and gets of the API server (HTTPS, authentication, RBAC, validation, durable) beside etcd's own Put and Range and a bare
// node:https server, by the same load generator (h2load), interleaved. The pods ask for a scheduler that does not exist: what is
// measured is the server's create, not what others make of it. All have one body, as the pods of one template have.
// Reads MKUBE_BENCH_BURST: seconds of the burst, 5 unless given.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { measureDurability } from './durability.mjs';
import { load, startEtcd } from './etcd.mjs';
import { median, percentile, podOf, root, show } from './lib.mjs';

const ROUNDS = 5;
const BURST_SECONDS = Number(process.env.MKUBE_BENCH_BURST ?? 5);

export async function measure(cluster) {
  for (const tool of ['h2load', 'etcd'])
    if (spawnSync(tool, ['--version']).error) throw new Error(`${tool} is not installed (nghttp2-client, etcd-server)`);
  cluster.run('up', '--nodes', '0');
  const api = prepareApi(cluster);
  const etcd = await startEtcd(cluster);
  const raw = await startRaw(cluster);
  try {
    const alone = interleaved(1, { create: api.create, put: etcd.put, get: api.get, range: etcd.range });
    const many = interleaved(64, { create: api.create, put: etcd.put, get: api.get, range: etcd.range, raw: raw.get });
    const burst = api.burst(Math.max(2000, Math.round(many.create.perSecond * BURST_SECONDS)));
    return [
      besides('create pod, durable, 1 in flight', alone.create, { 'etcd Put': alone.put }, 0.6),
      besides('create pod, durable, 64 in flight', many.create, { 'etcd Put': many.put }, 0.4),
      slowest('create pod, 64 in flight, p99', many.create.p99, 50),
      besides('get pod, 1 in flight', alone.get, { 'etcd Range': alone.range }),
      besides('get pod, 64 in flight', many.get, { 'etcd Range': many.range }, 2.5),
      besides('get pod, 64 in flight', many.get, { 'bare node:https': many.raw }, 0.75),
      tails('get pod, 64 in flight, p99', many.get.p99, { 'etcd Range': many.range.p99 }),
      await measureDurability(cluster.home),
      stalls(`burst of ${burst.took.length} creates, 64 in flight, p99.9`, burst),
    ];
  } finally {
    etcd.stop();
    raw.stop();
  }
}

/** Medians of the rounds, the first of which warms the code. */
function interleaved(c, loads) {
  const rounds = Array.from({ length: ROUNDS + 1 }, () =>
    Object.fromEntries(Object.entries(loads).map(([name, act]) => [name, act(c)])),
  ).slice(1);
  const of = (name, value) => median(rounds.map((round) => value(round[name])));
  return Object.fromEntries(
    Object.keys(loads).map((name) => [
      name,
      { perSecond: of(name, ({ perSecond }) => perSecond), p99: of(name, ({ took }) => percentile(took, 99)) },
    ]),
  );
}

function besides(what, { perSecond }, peer, goal) {
  const [[name, of]] = Object.entries(peer);
  const ratio = perSecond / of.perSecond;
  return {
    what,
    figure: show.perSecond(perSecond),
    peer: `${name} ${show.perSecond(of.perSecond)}`,
    ratio,
    ...(goal !== undefined && { goal: `>= ${goal}x`, ok: ratio >= goal }),
  };
}

function tails(what, ms, peer) {
  const [[name, of]] = Object.entries(peer);
  const ratio = ms / of;
  return { what, figure: show.ms(ms), peer: `${name} ${show.ms(of)}`, ratio, goal: '<= 1x', ok: ratio <= 1 };
}

const slowest = (what, ms, most) => ({ what, figure: show.ms(ms), goal: `<= ${most} ms`, ok: ms <= most });

function stalls(what, { took }) {
  const [p999, longest] = [percentile(took, 99.9), Math.max(...took)];
  return {
    what,
    figure: show.ms(p999),
    peer: `longest ${show.ms(longest)}`,
    goal: '<= 60 ms, none > 150 ms',
    ok: p999 <= 60 && longest <= 150,
  };
}

/** The same bytes as a get of the model pod, with the certificate of the cluster's server. */
async function startRaw(cluster) {
  const one = path.join(cluster.home, 'one.answer.json');
  fs.writeFileSync(
    one,
    JSON.stringify(JSON.parse(cluster.run('get', 'pod', 'one', '-o', 'json', '--show-managed-fields'))),
  );
  const pki = path.join(cluster.home, 'mkube/pki');
  const script = path.join(root, 'scripts/bench/raw-https.mjs');
  const child = spawn(process.execPath, [script, `${pki}/apiserver.crt`, `${pki}/apiserver.key`, one], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await new Promise((resolve) => child.stdout.once('data', (text) => resolve(Number(text))));
  return {
    get: (c) => load(['--h1', `https://127.0.0.1:${port}/`], c, c === 1 ? 3000 : 20_000),
    stop: () => child.kill(),
  };
}

function prepareApi(cluster) {
  const pod = podOf();
  const body = path.join(cluster.home, 'pod.json');
  fs.writeFileSync(body, JSON.stringify(pod));
  fs.writeFileSync(
    path.join(cluster.home, 'one.json'),
    JSON.stringify({ ...pod, metadata: { ...pod.metadata, generateName: undefined, name: 'one' } }),
  );
  // h2load has no client certificates: a service account with the rights of an admin
  for (let tries = 0; ; tries++) {
    try {
      cluster.run('create', '-f', path.join(cluster.home, 'one.json'));
      break;
    } catch (error) {
      if (tries > 50) throw error;
    }
  }
  const binding = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'bench' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name: 'default', namespace: 'default' }],
  };
  fs.writeFileSync(path.join(cluster.home, 'binding.json'), JSON.stringify(binding));
  cluster.run('create', '-f', path.join(cluster.home, 'binding.json'));
  const token = cluster.run('create', 'token', 'default').trim();
  const { address } = cluster.status();
  const headers = [
    '-H',
    `authorization: Bearer ${token}`,
    '-H',
    'content-type: application/json',
    '-H',
    'accept: application/json',
  ];
  const pods = `${address}/api/v1/namespaces/default/pods`;
  const create = (c, n) => load(['--h1', ...headers, '-d', body, pods], c, n);
  return {
    create: (c) => create(c, c === 1 ? 600 : 4000),
    get: (c) => load(['--h1', ...headers, `${pods}/one`], c, c === 1 ? 3000 : 20_000),
    burst: (n) => create(64, n),
  };
}
