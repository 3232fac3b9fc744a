// Creates and gets per second of the API server (HTTPS, authentication, RBAC, validation, durable) beside etcd's own Put and Range,
// by the same load generator (h2load), interleaved.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { median, show, wait } from './lib.mjs';

const ROUNDS = 5;

export async function measure(cluster) {
  for (const tool of ['h2load', 'etcd'])
    if (spawnSync(tool, ['--version']).error) throw new Error(`${tool} is not installed (nghttp2-client, etcd-server)`);
  cluster.run('up', '--nodes', '0');
  const api = prepareApi(cluster);
  const etcd = await startEtcd(cluster);
  const rows = [];
  try {
    for (const c of [1, 64]) {
      const results = { create: [], put: [], get: [], range: [] };
      for (let round = 0; round < ROUNDS + 1; round++) {
        const got = { create: api.create(c), put: etcd.put(c), get: api.get(c), range: etcd.range(c) };
        if (round > 0) for (const key of Object.keys(results)) results[key].push(got[key]);
      }
      const m = Object.fromEntries(Object.entries(results).map(([k, v]) => [k, median(v)]));
      const goals = c === 1 ? { create: 0.6 } : { create: 0.4, get: 2.5 };
      rows.push(
        rowOf(
          `create pod, durable, ${c} in flight`,
          m.create,
          `etcd Put ${show.perSecond(m.put)}`,
          m.create / m.put,
          goals.create,
        ),
      );
      rows.push(
        rowOf(`get pod, ${c} in flight`, m.get, `etcd Range ${show.perSecond(m.range)}`, m.get / m.range, goals.get),
      );
    }
  } finally {
    etcd.stop();
  }
  return rows;
}

const rowOf = (what, perSecond, peer, ratio, goal) => ({
  what,
  figure: show.perSecond(perSecond),
  peer,
  ratio,
  ...(goal !== undefined && { goal: `>= ${goal}x`, ok: ratio >= goal }),
});

function prepareApi(cluster) {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: 'bench-',
      labels: { app: 'bench', tier: 'backend' },
      annotations: { note: 'x'.repeat(600) },
    },
    spec: {
      automountServiceAccountToken: false,
      containers: ['a', 'b'].map((name) => ({
        name,
        image: 'registry.example/team/app:v1',
        env: Array.from({ length: 12 }, (_, i) => ({ name: `VARIABLE_${i}`, value: `value-${i}-${'y'.repeat(40)}` })),
        ports: [{ containerPort: 8080 }],
        resources: { requests: { cpu: '100m', memory: '64Mi' } },
      })),
    },
  };
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
  return {
    create: (c) => load(['--h1', ...headers, '-d', body, pods], c, c === 1 ? 1500 : 8000),
    get: (c) => load(['--h1', ...headers, `${pods}/one`], c, c === 1 ? 6000 : 40_000),
  };
}

function load(args, c, n) {
  const out = execFileSync('h2load', ['-t1', `-c${c}`, '-m1', `-n${n}`, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const succeeded = Number(/(\d+) 2xx/.exec(out)?.[1] ?? 0);
  if (succeeded < n * 0.99)
    throw new Error(`only ${succeeded} of ${n} requests succeeded: ${/status codes:.*/.exec(out)?.[0]}`);
  return Number(/([\d.]+) req\/s/.exec(out)?.[1]);
}

async function startEtcd(cluster) {
  const [client, peer] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${client}`;
  const args = [
    '--data-dir',
    path.join(cluster.home, 'etcd'),
    '--listen-client-urls',
    url,
    '--advertise-client-urls',
    url,
    '--listen-peer-urls',
    `http://127.0.0.1:${peer}`,
    '--log-level',
    'error',
  ];
  const child = spawn('etcd', args, { stdio: 'ignore' });
  for (let tries = 0; tries < 100 && !(await isOpen(client)); tries++) await wait(50);
  const value = Buffer.alloc(3600, 'v');
  const key = Buffer.from('/registry/pods/default/one');
  const put = grpc(Buffer.concat([field(1, key), field(2, value)]));
  const range = grpc(field(1, key));
  const files = { put: path.join(cluster.home, 'put.bin'), range: path.join(cluster.home, 'range.bin') };
  fs.writeFileSync(files.put, put);
  fs.writeFileSync(files.range, range);
  const headers = ['-H', 'content-type: application/grpc', '-H', 'te: trailers'];
  return {
    put: (c) => load([...headers, '-d', files.put, `${url}/etcdserverpb.KV/Put`], c, c === 1 ? 1500 : 12_000),
    range: (c) => load([...headers, '-d', files.range, `${url}/etcdserverpb.KV/Range`], c, c === 1 ? 3000 : 12_000),
    stop: () => child.kill(),
  };
}

const varint = (n) => (n < 128 ? [n] : [(n & 127) | 128, ...varint(n >> 7)]);
const field = (number, bytes) => Buffer.concat([Buffer.from([(number << 3) | 2, ...varint(bytes.length)]), bytes]);
function grpc(message) {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

const freePort = () =>
  new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
const isOpen = (port) =>
  new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    socket.on('close', () => socket.destroy());
  });
