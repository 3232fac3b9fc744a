// etcd as the peer, and h2load as the same load for both.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { wait } from './lib.mjs';

/** How many a second, and the milliseconds of each. */
export function load(args, c, n) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mkube-load-'));
  try {
    const log = path.join(folder, 'log');
    const out = execFileSync('h2load', ['-t1', `-c${c}`, '-m1', `-n${n}`, `--log-file=${log}`, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const lines = fs.readFileSync(log, 'utf8').trim().split('\n');
    return { perSecond: perSecondIn(out, n), took: lines.map((line) => Number(line.split('\t')[2]) / 1000) };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function perSecondIn(out, n) {
  const succeeded = Number(/(\d+) 2xx/.exec(out)?.[1] ?? 0);
  if (succeeded < n * 0.99)
    throw new Error(`only ${succeeded} of ${n} requests succeeded: ${/status codes:.*/.exec(out)?.[0]}`);
  return Number(/([\d.]+) req\/s/.exec(out)?.[1]);
}

/** etcd alone on a folder of its own: its start, and its Put and Range under load. */
export async function startEtcd(cluster) {
  const [client, peer] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${client}`;
  const args = [
    '--data-dir',
    fs.mkdtempSync(path.join(cluster.home, 'etcd-')),
    '--listen-client-urls',
    url,
    '--advertise-client-urls',
    url,
    '--listen-peer-urls',
    `http://127.0.0.1:${peer}`,
    '--log-level',
    'error',
  ];
  const start = performance.now();
  const child = spawn('etcd', args, { stdio: 'ignore' });
  for (let tries = 0; tries < 5000 && !(await isHealthy(url)); tries++) await wait(5);
  const readyMs = performance.now() - start;
  const value = Buffer.alloc(3600, 'v');
  const key = Buffer.from('/registry/pods/default/one');
  const put = grpc(Buffer.concat([field(1, key), field(2, value)]));
  const range = grpc(field(1, key));
  const files = { put: path.join(cluster.home, 'put.bin'), range: path.join(cluster.home, 'range.bin') };
  fs.writeFileSync(files.put, put);
  fs.writeFileSync(files.range, range);
  const headers = ['-H', 'content-type: application/grpc', '-H', 'te: trailers'];
  return {
    readyMs,
    put: (c) => load([...headers, '-d', files.put, `${url}/etcdserverpb.KV/Put`], c, c === 1 ? 600 : 8000),
    range: (c) => load([...headers, '-d', files.range, `${url}/etcdserverpb.KV/Range`], c, c === 1 ? 2000 : 12_000),
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
const isHealthy = (url) =>
  new Promise((resolve) => {
    const request = http.get(`${url}/health`, (answer) => resolve(answer.resume().statusCode === 200));
    request.on('error', () => resolve(false));
  });
