// Figures of the store on this machine, beside the disk's own floor in the same run; prints, asserts nothing.
// Usage: node packages/store/scripts/bench.mjs [rounds]   (after a build)
import { execFileSync } from 'node:child_process';
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openStore } from '../dist/index.js';

const ROUNDS = Number(process.argv[2] ?? 5) || 1;
const VALUE = Buffer.alloc(3600, 'pod manifest with some text 0123456789 ');
const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
const at = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];
const show = (n, digits = 0) =>
  n.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits });
const gc = () => globalThis.gc?.();
const isChild = process.argv[2] === 'restart';
const folder = isChild ? '' : mkdtempSync(path.join(tmpdir(), 'mkube-bench-'));

function floor(ms) {
  const fd = openSync(path.join(folder, 'floor'), 'w');
  let count = 0;
  for (const end = performance.now() + ms; performance.now() < end; count++) {
    writeSync(fd, VALUE);
    fdatasyncSync(fd);
  }
  closeSync(fd);
  return (count / ms) * 1000;
}

async function writes(store, { writers, ms, prefix }) {
  const times = [];
  const end = performance.now() + ms;
  const write = async (w) => {
    for (let n = 0; performance.now() < end; n++) {
      const from = performance.now();
      await store.put(`${prefix}${w}/${n}`, Buffer.from(VALUE), { expected: 0 });
      times.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: writers }, (_, w) => write(w)));
  times.sort((a, b) => a - b);
  return { rate: (times.length / ms) * 1000, p50: at(times, 0.5), p99: at(times, 0.99), p999: at(times, 0.999) };
}

async function benchWrites() {
  const store = await openStore(`leveldb://${folder}/writes`);
  const watched = await openStore(`leveldb://${folder}/watched`);
  for (let i = 0; i < 60; i++) watched.watch({ prefix: `/registry/kind${i}/`, onEvents: () => {}, onError: () => {} });
  const rows = new Map();
  for (let round = 0; round < ROUNDS; round++) {
    const disk = floor(300);
    for (const writers of [1, 16, 64, 256])
      for (const target of [store, watched]) {
        const r = await writes(target, { writers, ms: 1000, prefix: `/registry/kind7/${round}-${writers}-` });
        const label = `${writers} writers${target === watched ? ', 60 watches' : ''}`;
        rows.set(label, [...(rows.get(label) ?? []), { ...r, ratio: r.rate / disk }]);
      }
    for (const target of [store, watched]) await target.compact(await target.revision());
  }
  for (const [label, all] of rows) {
    const of = (field) => median(all.map((r) => r[field]));
    console.log(
      `put ${label.padEnd(24)} ${show(of('rate')).padStart(8)}/s  p50 ${show(of('p50'), 2)} p99 ${show(of('p99'), 2)} p99.9 ${show(of('p999'), 1)} ms  ${show(of('ratio'), 2)}x of one append + fdatasync`,
    );
  }
  await store.close();
  await watched.close();
}

const keysOf = (count) => Array.from({ length: count }, (_, i) => `/registry/pods/namespace-${i % 50}/pod-${i}`);

async function fill(url, count) {
  const store = await openStore(url);
  const keys = keysOf(count);
  for (let i = 0; i < count; i += 1000)
    await Promise.all(keys.slice(i, i + 1000).map((key) => store.put(key, Buffer.from(VALUE))));
  await store.close();
}

/** In a process of its own, so that memory is the store's. */
async function restart(url, count) {
  gc();
  const before = process.memoryUsage();
  const from = performance.now();
  const store = await openStore(url);
  const opened = performance.now();
  await store.list({ prefix: '/registry/pods/', limit: 1 });
  const listed = performance.now();
  gc();
  const now = process.memoryUsage();
  const each = (now.heapUsed + now.external - before.heapUsed - before.external) / count;
  const reads = await benchReads(store, keysOf(count));
  await store.close();
  return { open: opened - from, list: listed - opened, each, rss: (now.rss - before.rss) / count, ...reads };
}

async function benchRestart(count) {
  const url = `leveldb://${folder}/restart-${count}`;
  await fill(url, count);
  const argv = ['--expose-gc', import.meta.filename, 'restart', url, String(count)];
  const rounds = Array.from({ length: ROUNDS }, () => JSON.parse(execFileSync(process.execPath, argv)));
  const of = (field) => median(rounds.map((t) => t[field]));
  console.log(
    `restart with ${show(count)} values: open ${show(of('open'))} ms, first list ${show(of('list'))} ms, ` +
      `a value of 3,600 bytes takes ${show(of('each') / 1024, 2)} KiB of heap and buffers, ${show(of('rss') / 1024, 2)} of RSS`,
  );
  console.log(`get ${show(of('gets'))}/s, list ${show(of('rows'))} rows/s`);
}

async function benchReads(store, keys) {
  const from = performance.now();
  for (let i = 0; i < 200_000; i++) await store.get(keys[(i * 7919) % keys.length]);
  const got = performance.now();
  let listed = 0;
  for (let i = 0; i < 20; i++) listed += (await store.list({ prefix: '/registry/pods/', limit: 5000 })).items.length;
  const done = performance.now();
  return { gets: 200_000 / ((got - from) / 1000), rows: listed / ((done - got) / 1000) };
}

if (isChild) console.log(JSON.stringify(await restart(process.argv[3], Number(process.argv[4]))));
else await benchAll();

async function benchAll() {
  try {
    await benchWrites();
    for (const count of [50_000, 150_000]) await benchRestart(count);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
