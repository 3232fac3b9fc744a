// One change to 1,000 watchers over TLS: the server's processor time for each delivery, less that of a change nobody watches, and
// how long until the last has it. Beside it a bare Node server that makes the JSON anew for every watcher, and the floor: bare TLS
// sockets that are all written one Buffer.
import { fork } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { call, connect, cpuOf, median, percentile, podOf, root, show, wait } from './lib.mjs';

const WATCHERS = 1000;
const ROUNDS = 5;
const BURST = 50;
const PATTERNS = { paced: { times: 20, atOnce: 1 }, burst: { times: 3, atOnce: BURST } };
const [WATCHED, UNSEEN] = ['default', 'kube-public'];
const [EVERY_MS, TIMED] = [10, 200];
const DEADLINE_MS = 60_000;

export async function measure(cluster) {
  cluster.run('up', '--nodes', '0');
  const api = await connect(cluster);
  const credentials = await credentialsOf(cluster);
  const podsOf = (namespace) => `/api/v1/namespaces/${namespace}/pods`;
  // a burst changes as many pods: writes of one pod wait for each other
  for (const namespace of [WATCHED, UNSEEN])
    for (let i = 0; i < BURST; i++) await createWhenPossible(api, podsOf(namespace), podOf({ name: `pod-${i}` }));
  const peerOf = { ...credentials, pod: JSON.parse(await call(api, 'GET', `${podsOf(WATCHED)}/pod-0`)) };
  const { metadata } = JSON.parse(await call(api, 'GET', podsOf(WATCHED)));
  let turn = 0;
  const changeIn = (namespace) => {
    const n = turn++;
    return call(api, 'PATCH', `${podsOf(namespace)}/pod-${n % BURST}`, patchOf(n), 'application/merge-patch+json');
  };
  const changesIn = (namespace) => (count) => Promise.all(Array.from({ length: count }, () => changeIn(namespace)));
  const sides = {
    ours: {
      pid: cluster.status().server.pid,
      port: Number(new URL(api.url).port),
      target: `${podsOf(WATCHED)}?watch=true&resourceVersion=${metadata.resourceVersion}`,
      change: changesIn(WATCHED),
      changeUnseen: changesIn(UNSEEN),
      stop: () => undefined,
    },
    anew: await startPeer('watch-baseline.mjs', peerOf),
    floor: await startPeer('watch-floor.mjs', peerOf),
  };
  try {
    for (const side of Object.values(sides)) side.watchers = await openWatchers(credentials, side);
    const results = await deliver(Object.entries(sides));
    const paces = [];
    for (let round = 0; round < ROUNDS; round++) paces.push(await lagsAtPace(sides.ours));
    return [...deliveryRows(results), lagRow(paces)];
  } finally {
    for (const { watchers, stop } of Object.values(sides)) {
      watchers?.stop();
      stop();
    }
    await api.dispatcher.destroy();
  }
}

function deliveryRows({ ours, anew, floor }) {
  const micros = (values) => `${median(values).toFixed(1)} us`;
  const rows = (what, key, least) => {
    const [mine, made, bare] = [ours, anew, floor].map((side) => median(side[key]));
    const figure = `${micros(ours[key])} a delivery`;
    const goal = `>= ${least}x less processor time`;
    const floorRow = `floor ${micros(floor[key])}, ${show.ratio(made / bare)} less than made anew`;
    return [
      { what, figure, peer: `made anew ${micros(anew[key])}`, ratio: made / mine, goal, ok: made / mine >= least },
      { what: `${what}, beside one Buffer on bare node:tls`, figure, peer: floorRow, ratio: mine / bare },
    ];
  };
  const rate = median(ours.rate);
  return [
    ...rows(`watch, ${WATCHERS} watchers, one change at a time`, 'paced', 3),
    ...rows(`watch, ${WATCHERS} watchers, burst of ${BURST}`, 'burst', 7),
    {
      what: `watch, deliveries in the burst, reader on the same cores`,
      figure: show.perSecond(rate),
      peer: `made anew ${show.perSecond(median(anew.rate))}`,
      ratio: rate / median(anew.rate),
      goal: '>= 120000/s',
      ok: rate >= 120_000,
    },
  ];
}

function lagRow(paces) {
  const middle = (key) => median(paces.map((pace) => pace[key]));
  return {
    what: `watch, change to the last of ${WATCHERS}, ${1000 / EVERY_MS} changes/s, p99`,
    figure: show.ms(middle('p99')),
    peer: `median ${show.ms(middle('p50'))}; of a core: server ${percent(middle('server'))}, watchers ${percent(middle('readers'))}`,
    goal: '<= 25 ms',
    ok: middle('p99') <= 25,
  };
}

const percent = (share) => `${Math.round(share * 100)} %`;

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

/** Of each side by its name: processor microseconds of a delivery, one change at a time and in a burst, and the burst's pace. */
async function deliver(sides) {
  const results = Object.fromEntries(sides.map(([name]) => [name, { paced: [], burst: [], rate: [] }]));
  for (let round = 0; round <= ROUNDS; round++)
    for (const [name, side] of sides) {
      const paced = await measureDeliveries(side, PATTERNS.paced);
      const burst = await measureDeliveries(side, PATTERNS.burst);
      if (round === 0) continue; // warms the code
      results[name].paced.push(paced.cpuMicros);
      results[name].burst.push(burst.cpuMicros);
      results[name].rate.push(burst.perSecond);
    }
  return results;
}

async function measureDeliveries({ pid, watchers, change, changeUnseen }, { times, atOnce }) {
  const repeat = async (act) => {
    const [cpu, start] = [cpuOf(pid), performance.now()];
    for (let i = 0; i < times; i++) await act(atOnce);
    return { cpu: cpuOf(pid) - cpu, seconds: (performance.now() - start) / 1000 };
  };
  const seen = await repeat((count) => Promise.all([watchers.see(count), change(count)]));
  const unseen = changeUnseen ? await repeat(changeUnseen) : { cpu: 0 };
  const deliveries = times * atOnce * WATCHERS;
  return { perSecond: deliveries / seen.seconds, cpuMicros: ((seen.cpu - unseen.cpu) * 1e6) / deliveries };
}

/** Milliseconds from the answer to each change until the last watcher has it, changes coming at a steady pace. */
async function lagsAtPace({ pid, watchers, change }) {
  const answered = [];
  const cpu = [cpuOf(pid), cpuOf(watchers.pid)];
  const start = performance.now();
  const seen = watchers.see(TIMED);
  const changes = [];
  for (let i = 0; i < TIMED; i++) {
    await wait(Math.max(0, start + i * EVERY_MS - performance.now()));
    changes.push(change(1).then(() => answered.push(performance.timeOrigin + performance.now())));
  }
  await Promise.all(changes);
  const lags = (await seen).map((at, i) => Math.max(0, at - answered[i]));
  const seconds = (performance.now() - start) / 1000;
  const shareOf = (process, before) => (cpuOf(process) - before) / seconds;
  return {
    p50: median(lags),
    p99: percentile(lags, 99),
    server: shareOf(pid, cpu[0]),
    readers: shareOf(watchers.pid, cpu[1]),
  };
}

/** `see(n)` resolves with the times at which the last watcher had each of the next n events. */
async function openWatchers(credentials, { port, target }) {
  const child = fork(path.join(root, 'scripts/bench/watch-readers.mjs'));
  const told = () => new Promise((resolve) => child.once('message', resolve));
  child.send({ count: WATCHERS, credentials, port, target });
  await told();
  return {
    pid: child.pid,
    async see(events) {
      const late = setTimeout(() => child.send({ lacking: true }), DEADLINE_MS);
      child.send({ events });
      const { times, lacking, closed } = await told();
      clearTimeout(late);
      if (!times) throw new Error(`${lacking} deliveries lack, ${closed} watchers were let go`);
      return times;
    },
    stop: () => child.kill(),
  };
}

async function credentialsOf(cluster) {
  const { parse } = await import('yaml');
  const [{ user }] = parse(fs.readFileSync(cluster.env.KUBECONFIG, 'utf8')).users;
  const text = (data) => Buffer.from(data, 'base64').toString();
  const pki = (name) => fs.readFileSync(path.join(cluster.home, 'mkube/pki', name), 'utf8');
  return { ca: pki('ca.crt'), cert: text(user['client-certificate-data']), key: text(user['client-key-data']) };
}

/** A server that tells its port, and is told of how many changes to tell. */
async function startPeer(script, { cert, key, pod }) {
  const child = fork(path.join(root, 'scripts/bench', script));
  child.send({ cert, key, pod });
  const { port } = await new Promise((resolve) => child.once('message', resolve));
  return {
    pid: child.pid,
    port,
    target: '/',
    change: async (events) => void child.send({ events }),
    stop: () => child.kill(),
  };
}
