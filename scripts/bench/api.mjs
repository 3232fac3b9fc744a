// Creates and gets per second of the API server (HTTPS, authentication, RBAC, validation, durable) beside etcd's own Put and Range,
// by the same load generator (h2load), interleaved.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { load, startEtcd } from './etcd.mjs';
import { median, podOf, show } from './lib.mjs';

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
  return {
    create: (c) => load(['--h1', ...headers, '-d', body, pods], c, c === 1 ? 600 : 4000),
    get: (c) => load(['--h1', ...headers, `${pods}/one`], c, c === 1 ? 3000 : 20_000),
  };
}
