// One change to 1,000 watchers over TLS: the server's processor time for each delivery and how long until the last has it,
// beside a bare Node server that makes the JSON anew for every watcher.
import { fork } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import tls from 'node:tls';
import { call, connect, cpuOf, median, percentile, podOf, root, show, wait } from './lib.mjs';

const WATCHERS = 1000;
const BURST = 50;
const PACED = 20;
const [EVERY_MS, TIMED] = [10, 200];
const [BRACE, NEWLINE] = [0x7d, 0x0a];
const END = Buffer.from([BRACE, NEWLINE]);

export async function measure(cluster) {
  cluster.run('up', '--nodes', '0');
  const api = await connect(cluster);
  const credentials = await credentialsOf(cluster);
  const pods = '/api/v1/namespaces/default/pods';
  // a burst changes as many pods: writes of one pod wait for each other
  for (let i = 0; i < BURST; i++) await createWhenPossible(api, pods, podOf({ name: `pod-${i}` }));
  const baseline = await startBaseline(credentials, JSON.parse(await call(api, 'GET', `${pods}/pod-0`)));
  const { metadata } = JSON.parse(await call(api, 'GET', pods));
  const ours = await openWatchers({
    ...credentials,
    port: Number(new URL(api.url).port),
    target: `${pods}?watch=true&resourceVersion=${metadata.resourceVersion}`,
  });
  const theirs = await openWatchers({ ...credentials, port: baseline.port, target: '/' });
  const change = (n) => call(api, 'PATCH', `${pods}/pod-${n % BURST}`, patchOf(n), 'application/merge-patch+json');
  const { pid } = cluster.status().server;
  const sides = {
    ours: { watchers: ours, pid, send: change },
    theirs: { watchers: theirs, pid: baseline.pid, send: baseline.send },
  };
  const results = { ours: { burst: [], paced: [], rate: [] }, theirs: { burst: [], paced: [], rate: [] } };
  let n = 0;
  let lags = [];
  try {
    for (let round = 0; round < 3; round++)
      for (const [name, side] of Object.entries(sides)) {
        const paced = await deliver(side, PACED, async () => {
          for (let i = 0; i < PACED; i++) {
            const wanted = side.watchers.seen + WATCHERS;
            await side.send(n++);
            while (side.watchers.seen < wanted) await new Promise((resolve) => setImmediate(resolve));
          }
        });
        const burst = await deliver(side, BURST, () =>
          Promise.all(Array.from({ length: BURST }, () => side.send(n++))),
        );
        if (round === 0) continue; // warms the code
        results[name].paced.push(paced.cpuMicros);
        results[name].burst.push(burst.cpuMicros);
        results[name].rate.push(burst.perSecond);
      }
    lags = await lagsAtPace(ours, () => change(n++));
  } finally {
    ours.close();
    theirs.close();
    baseline.stop();
    await api.dispatcher.destroy();
  }
  const micros = (value) => `${value.toFixed(1)} us`;
  const row = (what, key, least) => {
    const [mine, other] = [median(results.ours[key]), median(results.theirs[key])];
    const figure = `${micros(mine)} a delivery`;
    const goal = `>= ${least}x less processor time`;
    return { what, figure, peer: `made anew ${micros(other)}`, ratio: other / mine, goal, ok: other / mine >= least };
  };
  const p99 = percentile(lags, 99);
  const rate = median(results.ours.rate);
  return [
    row(`watch, ${WATCHERS} watchers, one change at a time`, 'paced', 3),
    row(`watch, ${WATCHERS} watchers, burst of ${BURST}`, 'burst', 7),
    {
      what: `watch, deliveries in the burst, reader on the same cores`,
      figure: show.perSecond(rate),
      peer: `made anew ${show.perSecond(median(results.theirs.rate))}`,
      ratio: rate / median(results.theirs.rate),
      goal: '>= 120000/s',
      ok: rate >= 120_000,
    },
    {
      what: `watch, change to the last of ${WATCHERS}, ${1000 / EVERY_MS} changes/s, p99`,
      figure: show.ms(p99),
      peer: `median ${show.ms(median(lags))}`,
      goal: '<= 25 ms',
      ok: p99 <= 25,
    },
  ];
}

async function createWhenPossible(api, pods, pod) {
  for (let tries = 0; ; tries++) {
    try {
      return await call(api, 'POST', pods, JSON.stringify(pod));
    } catch (error) {
      if (tries > 50) throw error;
      await wait(20);
    }
  }
}

const patchOf = (n) => JSON.stringify({ metadata: { annotations: { turn: String(n) } } });

/** Milliseconds from the answer to each change until the last watcher has it, changes coming at a steady pace. */
async function lagsAtPace(watchers, change) {
  const before = watchers.counts.slice();
  const [sent, lags] = [[], []];
  const start = performance.now();
  for (let i = 0; i < TIMED; i++) {
    await wait(Math.max(0, start + i * EVERY_MS - performance.now()));
    change().then(() => (sent[i] = performance.now()));
  }
  const done = (i) => watchers.lastAt(before, i + 1);
  for (const deadline = Date.now() + 60_000; done(TIMED - 1) === undefined || sent.includes(undefined);) {
    if (Date.now() > deadline) throw new Error('changes at a steady pace did not arrive in time');
    await wait(5);
  }
  const answered = sent.toSorted((a, b) => a - b);
  for (let i = 0; i < TIMED; i++) lags.push(Math.max(0, done(i) - answered[i]));
  return lags;
}

/** Sends, waits until every watcher has everything, and says what each delivery cost the server. */
async function deliver({ watchers, pid }, changes, send) {
  const wanted = watchers.seen + changes * WATCHERS;
  const [cpu, start] = [cpuOf(pid), performance.now()];
  const result = await send();
  for (const deadline = Date.now() + 60_000; watchers.seen < wanted;) {
    if (Date.now() > deadline)
      throw new Error(`${wanted - watchers.seen} deliveries lack, ${watchers.closed} watchers were let go`);
    await wait(2);
  }
  const seconds = (performance.now() - start) / 1000;
  const deliveries = changes * WATCHERS;
  return { result, perSecond: deliveries / seconds, cpuMicros: ((cpuOf(pid) - cpu) * 1e6) / deliveries };
}

/** Counts events by their ends; no JSON is read. */
async function openWatchers({ ca, cert, key, port, target }) {
  const secureContext = tls.createSecureContext({ ca, cert, key });
  const counts = new Uint32Array(WATCHERS);
  /** How many watchers have had so many events, and when the last of them had. */
  const [reached, at] = [[], []];
  const state = {
    seen: 0,
    closed: 0,
    counts,
    sockets: [],
    close: () => state.sockets.forEach((socket) => socket.destroy()),
    /** All counts were equal before. */
    lastAt: (before, more) => (reached[before[0] + more] === WATCHERS ? at[before[0] + more] : undefined),
  };
  const count = (watcher) => {
    state.seen++;
    const now = ++counts[watcher];
    reached[now] = (reached[now] ?? 0) + 1;
    at[now] = performance.now();
  };
  const open = (_, watcher) =>
    new Promise((resolve, reject) => {
      const socket = tls.connect({ host: '127.0.0.1', port, secureContext, rejectUnauthorized: false });
      let [isOpen, endsOpen] = [false, false];
      socket.on('data', (chunk) => {
        if (endsOpen && chunk[0] === NEWLINE) count(watcher);
        for (let end = chunk.indexOf(END); end >= 0; end = chunk.indexOf(END, end + 2)) count(watcher);
        endsOpen = chunk.at(-1) === BRACE;
        if (!isOpen) resolve();
        isOpen = true;
      });
      socket.on('close', () => state.closed++);
      socket.on('error', reject);
      socket.write(`GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      state.sockets.push(socket);
    });
  for (let i = 0; i < WATCHERS; i += 20)
    await Promise.all(Array.from({ length: 20 }, (_, j) => open(undefined, i + j)));
  return state;
}

async function credentialsOf(cluster) {
  const { parse } = await import('yaml');
  const [{ user }] = parse(fs.readFileSync(cluster.env.KUBECONFIG, 'utf8')).users;
  const text = (data) => Buffer.from(data, 'base64').toString();
  const pki = (name) => fs.readFileSync(path.join(cluster.home, 'mkube/pki', name), 'utf8');
  return { ca: pki('ca.crt'), cert: text(user['client-certificate-data']), key: text(user['client-key-data']) };
}

async function startBaseline({ cert, key }, pod) {
  const child = fork(path.join(root, 'scripts/bench/watch-baseline.mjs'));
  child.send({ cert, key, pod });
  const told = () => new Promise((resolve) => child.once('message', resolve));
  const { port } = await told();
  return { port, pid: child.pid, send: async (n) => void child.send({ turn: n }), stop: () => child.kill() };
}
